// How the systems that people come from spell their options: answered by what to write here, and that is taken.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'smol-toml'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadConfig } from './load.ts'
import { otherNames, otherSpelling } from './other-spellings.ts'
import { settingNamed } from './setting.ts'

let root: string
let count = 0
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'holdfast-spellings-'))
  await writeFile(join(root, 'network-secret'), '5e1f0b9c2d7a4486', { mode: 0o600 })
})
afterAll(() => rm(root, { recursive: true, force: true }))

/** The message that a file is refused with; undefined if it is taken. */
async function refusal(text: string): Promise<string | undefined> {
  const file = join(root, `config-${count++}.toml`)
  await writeFile(file, text)
  return loadConfig({ dir: root, env: { XDG_CONFIG_HOME: root }, file }).then(
    () => undefined,
    (error: Error) => error.message.replaceAll(file, 'config.toml'),
  )
}

/** The lines that a message advises to use. */
const advised = (message: string | undefined): string[] =>
  [...(message ?? '').matchAll(/(?:use|and) ([a-zA-Z]+ = (?:\[(?:"[^"]*"(?:, )?)*\]|"[^"]*"|[^\s;,"[]+))/g)].map(
    ([, line]) => line!,
  )

test.each([
  // The settings of a cluster that orders its nodes by address.
  ['[network]\nlocal_ip = "69.167.168.176"', ['advertise = ["tcp://69.167.168.176:4001"]']],
  ['listen = ["tcp://0.0.0.0:24100"]\nlocal_ip = "50.28.104.50"', ['advertise = ["tcp://50.28.104.50:24100"]']],
  ['local_ip = "2001:db8::1"', ['advertise = ["tcp://[2001:db8::1]:4001"]']],
  [
    'masternodes = ["50.28.104.50", "69.167.168.176"]',
    ['networkAddresses = ["tcp://50.28.104.50:4001", "tcp://69.167.168.176:4001"]'],
  ],
  // Those of a file synchroniser, in tables as it has them.
  ['[options]\nadaptiveKeepAliveEnabled = true', ['adaptiveKeepAliveEnabled = true']],
  [
    '[options]\nadaptiveKeepAliveMinS = 5\nadaptiveKeepAliveMaxS = 120',
    ['adaptiveKeepAliveMinS = 5', 'adaptiveKeepAliveMaxS = 120'],
  ],
  ['[options]\nmultipathEnabled = "true"', ['multipathEnabled = true']],
  ['receiveTimeout = 300', ['keepAliveMode = "fixed"', 'fixedKeepAliveIntervalS = 100']],
  // Those of health checks.
  ['health_check_interval_secs = 60', ['keepAliveMode = "fixed"', 'fixedKeepAliveIntervalS = 60']],
  ['ping_timeout_ms = 10000', ['keepAliveMode = "fixed"', 'fixedKeepAliveTimeoutS = 10']],
  ['max_failures = 3', ['keepAliveMode = "fixed"', 'fixedKeepAliveFailuresMax = 3']],
  // Of connections that are kept alive, by pings or by none.
  ['keep_alive_interval = "1s"', ['keepAliveMode = "fixed"', 'fixedKeepAliveIntervalS = 1']],
  ['ping = false', ['keepAliveMode = "tcp"', 'pingsUnderLoad = false']],
  ['tcp_keepalive_time = 30', ['keepAliveMode = "tcp"', 'tcpKeepAliveIdleS = 30']],
  ['idle_connection_timeout = 3600', ['idleTimeoutS = 3600']],
  ['idle_connection_timeout = "1h"', ['idleTimeoutS = 3600']],
  // Of a chat.
  ['nickname = "Alice"', ['name = "Alice"']],
  ['port = 9001', ['listen = ["tcp://0.0.0.0:9001"]']],
  ['direct_addresses = ["192.0.2.7:63372"]', ['advertise = ["tcp://192.0.2.7:63372"]']],
])('%j is answered with lines that are taken', async (text, lines) => {
  const message = await refusal(text)
  expect(advised(message)).toEqual(expect.arrayContaining(lines))
  expect(await refusal(advised(message).join('\n'))).toBeUndefined()
})

test('an option of another system in a table is told by its own line', async () => {
  expect(await refusal('name = "b"\n[network]\n# public\nlocal_ip = "69.167.168.176"')).toMatch(
    /^config\.toml:4:1: There is no setting "local_ip" in \[network\]; settings stand outside of tables; use advertise = /,
  )
})

test('XML is answered element by element with lines that are taken', async () => {
  const message = await refusal(`<configuration>
  <options>
    <adaptiveKeepAliveEnabled>true</adaptiveKeepAliveEnabled>
    <adaptiveKeepAliveMinS>5</adaptiveKeepAliveMinS>
    <multipathEnabled>true</multipathEnabled>
    <unrelated>7</unrelated>
  </options>
</configuration>`)
  expect(message).toMatch(/^config\.toml:1:1: This is XML, and a configuration is TOML/)
  expect(message).toMatch(/^config\.toml:3:5: For <adaptiveKeepAliveEnabled> use /m)
  const lines = ['adaptiveKeepAliveEnabled = true', 'adaptiveKeepAliveMinS = 5', 'multipathEnabled = true']
  expect(advised(message)).toEqual(lines)
  expect(await refusal(lines.join('\n'))).toBeUndefined()
})

test('a variable of another spelling is answered with one that is taken, but for the one that Kubernetes sets', async () => {
  const env = { XDG_CONFIG_HOME: root, HOLDFAST_LOCAL_IP: '69.167.168.176', HOLDFAST_PORT: 'tcp://10.0.0.1:80' }
  const { warnings } = await loadConfig({ dir: root, env })
  expect(warnings[0]).toMatch(/HOLDFAST_LOCAL_IP .*; use HOLDFAST_ADVERTISE=tcp:\/\/69\.167\.168\.176:4001/)
  expect(warnings[1]).not.toContain('use ')
})

test('whatever the value, what is advised is taken', () => {
  const values = [
    undefined,
    '',
    'x',
    -1,
    0,
    1.5,
    1e12,
    true,
    false,
    [],
    [7],
    ['x'],
    ['::1'],
    '::1',
    '1h',
    {},
    new Date(0),
  ]
  for (const name of otherNames)
    for (const value of values)
      for (const [key, meant] of otherSpelling(name, value)?.use ?? []) {
        expect([name, value, key, meant, settingNamed(key)!.parse(meant).success]).toEqual([
          name,
          value,
          key,
          meant,
          true,
        ])
      }
})

test('lines that are advised are TOML', async () => {
  const message = await refusal('local_ip = "192.0.2.1"\nnickname = "A \\"quoted\\" name"')
  expect(() =>
    parse(
      advised(message)
        .filter((line) => line.startsWith('adv'))
        .join('\n'),
    ),
  ).not.toThrow()
})
