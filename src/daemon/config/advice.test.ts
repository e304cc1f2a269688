// What a refusal says would be right, is taken.
import { expect, test } from 'vitest'
import { refusal as refusalText } from './describe.ts'
import { loadConfig } from './load.ts'
import type { SettingKey } from './schema.ts'
import { settings } from './setting.ts'

/** The message that a value in a file is refused with; undefined if it is taken. */
async function refusal(key: SettingKey, value: unknown): Promise<string | undefined> {
  const list = Array.isArray(value) ? value.map(String) : undefined
  const flags = { [key]: list ?? (value as string | boolean) }
  return loadConfig({ dir: '/nowhere', env: { XDG_CONFIG_HOME: '/nowhere' }, flags }).then(
    () => undefined,
    (error: Error) => error.message,
  )
}

const wrongAddresses = [
  '0.0.0.0',
  '0.0.0.0:4001',
  'tcp://0.0.0.0',
  '192.0.2.1:4001',
  '::',
  '::1',
  'tcp://:::4001',
  'tcp://[::1]',
  ':4001',
  '4001',
  'example.net',
  'http://example.net:80/',
  'tcp://192.0.2.1:65536',
  'tcp://[2001:db8::1]:99999',
  'tcp://example.net:70000',
  'tcp://192.0.2.1:',
  'tcp://',
  '',
]
const names = ['eth0', 'tcp://eth0:4001', 'tcp://example.net:4001']
const undialable = [
  'tcp://0.0.0.0:4001',
  'tcp://[::]:4001',
  'tcp://[0:0::0]:4001',
  'tcp://[::ffff:0.0.0.0]:4001',
  'tcp://224.0.0.251:4001',
  'tcp://[ff02::fb]:4001',
  'tcp://255.255.255.255:4001',
  'tcp://192.0.2.1:0',
  'tcp://example.net:0',
]

const cases: [SettingKey, string][] = [
  ...[...wrongAddresses, ...names].map((address): [SettingKey, string] => ['listen', address]),
  ...(['advertise', 'networkAddresses'] as const).flatMap((key) =>
    [...wrongAddresses, ...undialable].map((address): [SettingKey, string] => [key, address]),
  ),
]

test.each(cases)('%s = ["%s"] is answered with an address that is taken', (key, address) => {
  const setting = settings.find((one) => one.key === key)!
  const message = refusalText(setting, [address], setting.parse([address]).error!.issues[0]!)
  const [, advised = ''] = /Write (?:one that others reach, such as )?(\S+)$/.exec(message) ?? []
  expect(advised).toMatch(/^tcp:\/\//)
  expect(setting.parse([advised]).success).toBe(true)
})

test('an address for all of a machine is taken to listen on', async () => {
  expect(await refusal('listen', ['tcp://0.0.0.0:0', 'tcp://[::]:4001', 'tcp://localhost:4001'])).toBeUndefined()
})

test('a name is taken to be advertised', async () => {
  expect(await refusal('advertise', ['tcp://example.net:4001', 'tcp://workshop:4001'])).toBeUndefined()
})

test.each<[SettingKey, string]>([
  ...[...wrongAddresses, 'eth0'].map((address): [SettingKey, string] => ['listen', address]),
  ['advertise', 'example.net'],
  ['networkAddresses', '10.0.0.1'],
  ['dialFrom', '192.0.2.10'],
  ['guestProtocols', 'all'],
])('%s = "%s" is answered with a list that is taken', (key, text) => {
  const setting = settings.find((one) => one.key === key)!
  const { error } = setting.parse(text)
  const message = refusalText(setting, text, error!.issues[0]!)
  const [, advised = ''] = /; write (\[.*\])$/.exec(message) ?? []
  expect(setting.parse(JSON.parse(advised)).success).toBe(true)
})

test.each<[SettingKey, unknown]>([
  ['idleTimeoutS', '60'],
  ['reconnectionFactor', '2.5'],
  ['mdnsEnabled', 'True'],
  ['apiEnabled', 'FALSE'],
])('%s = %j is answered with a value that is taken', (key, value) => {
  const setting = settings.find((one) => one.key === key)!
  const [, advised = ''] =
    /; write (\S+)$/.exec(refusalText(setting, value, setting.parse(value).error!.issues[0]!)) ?? []
  expect(setting.parse(JSON.parse(advised)).success).toBe(true)
})

test.each(['apiListen', 'dialFrom', 'apiHosts', 'guestProtocols'] as const)(
  'the example that %s is answered with is taken',
  (key) => {
    const setting = settings.find((one) => one.key === key)!
    const isList = setting.form.kind === 'list'
    const wrong = isList ? ['?\n'] : '?\n'
    const message = refusalText(setting, wrong, setting.parse(wrong).error!.issues[0]!)
    const [, advised = ''] = /such as ([^\s,]+)/.exec(message) ?? []
    expect(setting.parse(isList ? [advised] : advised).success).toBe(true)
  },
)

test('the value that is shown for every setting is taken', () => {
  for (const { key, about, defaultValue, parse } of settings) {
    if (defaultValue !== undefined) expect([key, parse(defaultValue).success]).toEqual([key, true])
    if (about.example !== undefined && typeof about.example !== 'string')
      expect([key, parse([...about.example]).success]).toEqual([key, true])
  }
})
