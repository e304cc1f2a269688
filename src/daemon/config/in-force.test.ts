import { expect, test } from 'vitest'
import { ConfigError, type Origin } from './errors.ts'
import { ConfigInForce } from './in-force.ts'
import type { LoadedConfig } from './load.ts'
import type { DaemonConfig, SettingKey, Settings } from './schema.ts'
import { settings } from './setting.ts'

const inFile = (line: number): Origin => ({ kind: 'file', path: '/c.toml', line, column: 1 })

/** The defaults, and what the file says. */
function loaded(said: Partial<Settings> = {}): LoadedConfig {
  const values = Object.fromEntries(settings.map(({ key, defaultValue }) => [key, defaultValue])) as unknown as Settings
  const origins = Object.fromEntries(settings.map(({ key }) => [key, { kind: 'default' }])) as Record<
    SettingKey,
    Origin
  >
  for (const [at, key] of Object.keys(said).entries()) origins[key as SettingKey] = inFile(at + 1)
  return { config: { ...values, ...said, dir: '/node' }, origins, file: '/c.toml', warnings: [] }
}

/** A daemon whose sources are whatever `next` is. */
function daemon(start: Partial<Settings>) {
  const applied: DaemonConfig[] = []
  const lines: string[] = []
  const write = (_facts: object, line: string): void => void lines.push(line)
  const sources = { next: loaded(start) as LoadedConfig | Error }
  const inForce = new ConfigInForce({
    loaded: loaded(start),
    load: () => (sources.next instanceof Error ? Promise.reject(sources.next) : Promise.resolve(sources.next)),
    apply: (config) => void applied.push(config),
    logger: { debug: write, info: write, warn: write, error: write },
  })
  return { inForce, applied, lines, sources }
}

test('what can change is in force at once, what cannot waits, and both are told', async () => {
  const { inForce, applied, lines, sources } = daemon({ peersMax: 5, listen: ['tcp://a:1'] })
  sources.next = loaded({ listen: ['tcp://a:2'], logLevel: 'warn' })
  expect(await inForce.reload()).toEqual({ changed: ['peersMax', 'logLevel'], waiting: ['listen'] })
  expect(applied).toMatchObject([{ listen: ['tcp://a:1'], peersMax: 65_536, logLevel: 'warn' }])
  expect(inForce.current.config).toEqual(applied[0])
  expect(inForce.current.origins).toMatchObject({
    listen: inFile(2),
    peersMax: { kind: 'default' },
    logLevel: inFile(2),
  })
  expect(inForce.differs('listen', await inForce.look())).toBe(true)
  expect(lines).toEqual(['the configuration was reloaded: peersMax, logLevel changed; listen: at the next start'])
})

test('what went back to what it was at the start waits no more', async () => {
  const { inForce, applied, sources } = daemon({ listen: ['tcp://a:1'] })
  sources.next = loaded({ listen: ['tcp://a:2'] })
  await inForce.reload()
  sources.next = loaded({ peersMax: 65_536, listen: ['tcp://a:1'] })
  expect(await inForce.reload()).toEqual({ changed: [], waiting: [] })
  // The value is the same, and stands in another line now.
  expect(inForce.current.origins.listen).toEqual(inFile(2))
  expect(applied).toEqual([])
})

test('a mistake changes nothing, and the next reload is tried all the same', async () => {
  const { inForce, applied, lines, sources } = daemon({ peersMax: 5 })
  const before = inForce.current
  sources.next = new ConfigError([{ origin: inFile(3), text: 'peersMax must be something else' }])
  await expect(inForce.reload()).rejects.toThrow('peersMax must be')
  expect([inForce.current, applied]).toEqual([before, []])
  expect(lines).toEqual([
    'the configuration was not reloaded, and stays as it was: /c.toml:3:1: peersMax must be something else',
  ])
  sources.next = loaded({ peersMax: 6 })
  expect((await inForce.reload()).changed).toEqual(['peersMax'])
})

test('reloads that come at once follow one another', async () => {
  const { inForce, applied, sources } = daemon({ peersMax: 1 })
  sources.next = loaded({ peersMax: 2 })
  const outcomes = await Promise.all([inForce.reload(), inForce.reload()])
  expect(outcomes.map(({ changed }) => changed)).toEqual([['peersMax'], []])
  expect(applied).toHaveLength(1)
})
