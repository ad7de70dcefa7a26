import { isMainThread } from 'node:worker_threads'

/**
 * Preloaded into every Node child (`node --import`): ends it when whoever started it is gone, even by SIGKILL,
 * because the channel between the two closes then. It may finish as on SIGTERM, for as long as a worker's shutdown
 * takes (8 s of grace) and a little more. Plain JavaScript, because the threads of a child load it, too, and tsx does
 * not reach into them.
 */
const GRACE_MS = 10_000

// Had one, and lost it before this was loaded: a child that never had one is not ours to end.
if (isMainThread && process.connected === false) process.exit(1)
if (isMainThread && process.channel) {
  process.once('disconnect', () => {
    setTimeout(() => process.exit(1), GRACE_MS).unref()
    process.kill(process.pid, 'SIGTERM')
  })
  process.channel.unref() // a child that has nothing left to do ends
}
