import { expect, test } from 'vitest'
import { resolveKeepAlive } from '../../core/health/keep-alive.ts'
import type { OptionTable } from '../../core/options.ts'
import { optionTables } from '../../node/options.ts'
import { openOptionsOf, tuningOf } from './open-options.ts'
import type { DaemonConfig } from './schema.ts'
import { settings } from './setting.ts'

const ofOptions = settings.flatMap(({ key, defaultValue, about: { option } }) =>
  option === undefined ? [] : [{ key, defaultValue, ...option }],
)
const defaults = Object.fromEntries(settings.map(({ key, defaultValue }) => [key, defaultValue]))
const config = (changes: Partial<DaemonConfig>): DaemonConfig =>
  ({ ...defaults, dir: '/nowhere', ...changes }) as unknown as DaemonConfig

// Several links are a switch of the daemon, so the number counts only where there are at least two.
test.each(ofOptions.filter(({ key }) => key !== 'multipathLinks'))(
  '$key is by default what the option $path of the library is',
  ({ path, defaultValue, valueOf }) => {
    const row = path.split('.').reduce<unknown>((at, name) => (at as Record<string, unknown>)[name], optionTables)
    expect(valueOf(defaultValue)).toEqual((row as OptionTable[string]).default)
  },
)

test('each option of the library that one setting is gets its value in the unit of the library', async () => {
  const changes = { idleTimeoutS: 7, reconnectionFirstWaitS: 0.5, guestsMax: 3, memoryBudgetMiB: 2, linksMax: 9 }
  expect(await openOptionsOf(config({ ...changes, guestProtocols: ['a/1', 'all'], mdnsEnabled: false }))).toMatchObject(
    {
      idleTimeoutMs: 7_000,
      reconnect: { firstWaitMs: 500, factor: 1.5 },
      guests: { max: 3, protocols: 'all' },
      memoryBudgetBytes: 2 * 1_048_576,
      linksMax: 9,
      discovery: { mdns: false },
    },
  )
})

test.each([
  [{}, { mode: 'adaptive' }],
  [
    { adaptiveKeepAliveEnabled: false, fixedKeepAliveTimeoutS: 4 },
    { mode: 'fixed', timeoutMs: 4_000 },
  ],
  [
    { keepAliveMode: 'tcp', pingsUnderLoad: false },
    { mode: 'tcp', pingsUnderLoad: false },
  ],
] as const)('%j is a keep-alive of one mode with the options of that alone', (changes, expected) => {
  const { keepAlive } = tuningOf(config(changes))
  expect(keepAlive).toMatchObject(expected)
  expect(keepAlive).toEqual(keepAlive && resolveKeepAlive(keepAlive))
})

test('links beyond the first are wanted where that is switched on', async () => {
  expect((await openOptionsOf(config({ multipathLinks: 3 }))).limits).toEqual({ retentionMs: 3_600_000 })
  expect((await openOptionsOf(config({ multipathEnabled: true, multipathLinks: 3 }))).limits).toEqual({
    retentionMs: 3_600_000,
    linksWanted: 3,
    multipath: 'failover',
  })
})
