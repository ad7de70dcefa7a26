import { once } from 'node:events'
import { isMainThread } from 'node:worker_threads'

/**
 * Preloaded into a Node child that would find what it needs not there yet: loads the modules named in its own address
 * (`?warm=…`), which is most of a start, and lets the child's main begin when the parent sends a message. Plain
 * JavaScript, because the threads of a child load it, too, and tsx does not reach into them.
 */
if (isMainThread && process.channel) {
  process.channel.ref() // while it waits here, only the channel keeps it alive
  const told = once(process, 'message')
  const warm = new URL(import.meta.url).searchParams.getAll('warm')
  await Promise.all(warm.map((module) => import(module).catch(() => {}))) // its main will say what is wrong
  await told
  process.channel?.unref()
}
