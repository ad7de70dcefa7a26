import { describe, expect, test } from 'vitest'

import { configTable, inheritedEnvironment, readConfig, SETTINGS, WrongSettings } from './config.ts'

const KEY = Buffer.alloc(32, 7).toString('base64')

describe('settings', () => {
  test('a start is refused with one line per missing or wrong value', () => {
    const read = () =>
      readConfig(['API_DATABASE_URL', 'API_PORT', 'AUTH_ISSUER', 'LOG_LEVEL'], {
        API_PORT: '70000',
        API_DATABASE_URL: 'x',
      })
    expect(read).toThrow(WrongSettings)
    try {
      read()
    } catch (error) {
      const lines = (error as Error).message.split('\n')
      expect(lines.map((line) => line.split(' ')[0])).toEqual(['API_DATABASE_URL', 'API_PORT', 'AUTH_ISSUER'])
      expect(lines[1]).toContain('a number from 0 to 65535')
      expect(lines[2]).toContain('is missing')
    }
  })

  test('a line about a wrong secret does not repeat the secret', () => {
    expect(() => readConfig(['DATABASE_URL'], { DATABASE_URL: 'hunter2-hunter2' })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('hunter2') }),
    )
  })

  test('what is not given has its default, and what may be absent is null', () => {
    const config = readConfig(['API_PORT', 'TEMPORAL_CLI', 'QUICK_TRIES'], {})
    expect(config).toEqual({ API_PORT: 3000, TEMPORAL_CLI: null, QUICK_TRIES: 3 })
  })

  test('a production does not start with what only sandboxes may do', () => {
    const read = (NODE_ENV: string) =>
      readConfig(['ALLOW_PRIVATE_INSTITUTIONS'], { NODE_ENV, ALLOW_PRIVATE_INSTITUTIONS: 'true' })
    expect(() => read('production')).toThrow(/^ALLOW_PRIVATE_INSTITUTIONS must not be true/)
    expect(read('development')).toEqual({ ALLOW_PRIVATE_INSTITUTIONS: 'true' })
    expect(readConfig(['ALLOW_PRIVATE_INSTITUTIONS'], { NODE_ENV: 'production' })).toEqual({
      ALLOW_PRIVATE_INSTITUTIONS: 'false',
    })
  })

  test('an empty value is as good as none', () => {
    expect(readConfig(['API_HOST'], { API_HOST: '' })).toEqual({ API_HOST: '127.0.0.1' })
  })

  test.each(['', ' ', 'abc', '1e999', '-1', '0'])('%j is no number of tries', (given) => {
    const read = () => readConfig(['QUICK_TRIES'], { QUICK_TRIES: given })
    if (given === '') expect(read()).toEqual({ QUICK_TRIES: 3 })
    else expect(read).toThrow(WrongSettings)
  })

  test('the printed table names every setting and shows no secret', () => {
    const table = configTable({
      SEALING_KEYS: KEY,
      API_PORT: '4001',
      DATABASE_URL: 'postgres://a:secret@b/c',
    })
    for (const name of Object.keys(SETTINGS)) expect(table).toContain(name)
    expect(table).toContain('4001')
    expect(table).not.toContain(KEY)
    expect(table).not.toContain('secret@')
  })

  test('a child inherits the machine, never the settings of Moa', () => {
    const machine = { PATH: '/bin', NODE_ENV: 'production' }
    expect(inheritedEnvironment({ ...machine, SEALING_KEYS: KEY, API_PORT: '1' })).toEqual(machine)
  })
})
