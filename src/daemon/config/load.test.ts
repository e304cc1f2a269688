import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'smol-toml'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ConfigError } from './errors.ts'
import { exampleConfig } from './example.ts'
import { type ConfigSources, type LoadedConfig, loadConfig } from './load.ts'
import { openOptionsOf } from './open-options.ts'
import { settings } from './setting.ts'

let root: string
let file: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'holdfast-config-'))
  file = join(root, 'config.toml')
})
afterAll(() => rm(root, { recursive: true }))

/** Loads with nothing of the person who runs the tests. */
const load = (sources: Partial<ConfigSources> = {}): Promise<LoadedConfig> =>
  loadConfig({ dir: '/node', env: { XDG_CONFIG_HOME: root }, ...sources })

async function loadText(text: string | Uint8Array, sources: Partial<ConfigSources> = {}): Promise<LoadedConfig> {
  await writeFile(file, text)
  await chmod(file, 0o644)
  return load({ file, ...sources })
}

/** All that is wrong with the text, a line each, without the file's path. */
async function wrong(text: string | Uint8Array, sources: Partial<ConfigSources> = {}): Promise<string[]> {
  const error = await loadText(text, sources).then(
    () => new Error('It was accepted'),
    (error: unknown) => error,
  )
  if (!(error instanceof ConfigError)) throw error
  return error.message.replaceAll(`${file}:`, '').split('\n')
}

describe('sources', () => {
  test('without any, the defaults hold, and they open a node', async () => {
    const { config, origins, file: read, warnings } = await load()
    expect(config).toMatchObject({
      dir: '/node',
      reconnectionIntervalS: 60,
      listen: undefined,
      apiListen: '127.0.0.1:7411',
    })
    expect(new Set(Object.values(origins).map(({ kind }) => kind))).toEqual(new Set(['default']))
    expect([read, warnings]).toEqual([undefined, []])
    expect(await openOptionsOf(config)).toMatchObject({
      dir: '/node',
      keepAlive: { mode: 'adaptive', intervalMsMin: 5_000, intervalMsMax: 120_000 },
      reconnect: { firstWaitMs: 1_000, factor: 1.5, waitMsMax: 60_000, jitter: 0.2, stableMs: 10_000 },
      guests: { protocols: [], idleTimeoutMs: 3_600_000, max: 64 },
      memoryBudgetBytes: 256 * 1024 * 1024,
      discovery: { mdns: true, announce: true },
      idleTimeoutMs: undefined,
    })
  })

  test('flags go before the environment, the environment before the file, and each value knows where it comes from', async () => {
    const text = 'name = "file"\nadmit = "anyone"\npeersMax = 1\n'
    const { config, origins } = await loadText(text, {
      env: {
        HOLDFAST_NAME: 'environment',
        HOLDFAST_PEERS_MAX: '2',
        HOLDFAST_LISTEN: 'tcp://192.0.2.1:1, tcp://[::1]:2',
      },
      flags: { name: 'flag', multipathEnabled: true },
    })
    expect(config).toMatchObject({
      name: 'flag',
      admit: 'anyone',
      peersMax: 2,
      listen: ['tcp://192.0.2.1:1', 'tcp://[::1]:2'],
      multipathEnabled: true,
    })
    expect(origins).toMatchObject({
      name: { kind: 'flag', flag: '--name' },
      admit: { kind: 'file', path: file, line: 2, column: 1 },
      peersMax: { kind: 'environment', variable: 'HOLDFAST_PEERS_MAX' },
      linksMax: { kind: 'default' },
    })
  })

  test('an empty variable counts as none, and "none" as the empty list', async () => {
    const { config } = await loadText('listen = ["tcp://192.0.2.1:1"]', {
      env: { HOLDFAST_NAME: '', HOLDFAST_LISTEN: 'none' },
    })
    expect(config).toMatchObject({ name: undefined, listen: [] })
  })

  test('a variable that is not known is a warning, since others use the prefix too', async () => {
    const env = {
      XDG_CONFIG_HOME: root,
      HOLDFAST_SERVICE_HOST: '10.0.0.1',
      HOLDFAST_LOGLEVEL: 'warn',
      HOLDFAST_DIR: '/x',
    }
    await rm(file, { force: true })
    expect((await load({ env })).warnings).toEqual([
      'The environment variable HOLDFAST_SERVICE_HOST is no setting of Holdfast; it has no effect',
      'The environment variable HOLDFAST_LOGLEVEL is no setting of Holdfast; did you mean HOLDFAST_LOG_LEVEL?',
    ])
  })

  test('the example changes nothing, and is right when every comment is taken away', async () => {
    expect((await loadText(exampleConfig())).config).toEqual((await load({ env: {} })).config)
    const all = exampleConfig().replaceAll(/^# (\w+ = )/gm, '$1')
    expect(Object.keys(parse(all))).toEqual(settings.map(({ key }) => key))
    await writeFile(join(root, 'secret'), 'correct horse battery staple\n', { mode: 0o600 })
    await loadText(all.replace('/etc/holdfast/network-secret', 'secret'))
  })
})

describe('what is wrong is said with its place and what would be right', () => {
  test('everything at once, from top to bottom', async () => {
    const text = `# a comment
listen = "tcp://0.0.0.0:1"
reconectionIntervalS = 3
adaptive_keep_alive_min_s = 3
adaptiveKeepAliveMaxS = "120"
peersMax = 0
memoryBudgetMiB = 1.5
logLevel = 'loud'
networkAddresses = [
  'tcp://192.0.2.1:1', # right
  'b',
]
[api]
listen = 3
`
    expect(await wrong(text, { env: { HOLDFAST_LINKS_MAX: '0x10' }, flags: { multipathEnabled: 'yes' } })).toEqual([
      '2:1: listen must be a list of up to 16 texts, not "tcp://0.0.0.0:1"; write ["tcp://0.0.0.0:1"]',
      '3:1: There is no setting "reconectionIntervalS"; did you mean reconnectionIntervalS?',
      '4:1: There is no setting "adaptive_keep_alive_min_s"; use adaptiveKeepAliveMinS = 3',
      '5:1: adaptiveKeepAliveMaxS must be a whole number from 1 to 86400 (seconds), not "120"; write 120',
      '6:1: peersMax must be a whole number from 1 to 1000000, not 0',
      '7:1: memoryBudgetMiB must be a whole number from 1 to 1048576 (MiB), not 1.5',
      '8:1: logLevel must be "debug", "info", "warn", "error" or "silent", not "loud"',
      '11:3: networkAddresses is wrong: "b" is not an address to dial: it has another form. Write tcp://b:4001',
      '14:1: Settings stand outside of tables; use listen = ["tcp://0.0.0.0:4001"] above all tables, without [api]',
      'HOLDFAST_LINKS_MAX: linksMax must be a whole number from 1 to 1000000, not "0x10"',
      '--multipath-enabled: multipathEnabled must be true or false, not "yes"',
    ])
  })

  test.each([
    ['name = ""', '1:1: name is wrong: "" is no name: it needs at least one character that can be seen'],
    [
      'dialFrom = ["localhost"]',
      '1:13: dialFrom cannot be "localhost"; give an IP address of this machine, such as 192.0.2.10',
    ],
    [
      'apiListen = "7411"',
      '1:1: apiListen cannot be "7411"; write it as host:port, such as 127.0.0.1:7411, with an IPv6 address in brackets',
    ],
    [
      'apiHosts = ["a:1"]',
      '1:13: apiHosts cannot be "a:1"; give the name of a host without a port, such as holdfast.example.net',
    ],
    ['mdnsEnabled = "false"', '1:1: mdnsEnabled must be true or false, not "false"; write false'],
    ['retentionS = inf', '1:1: retentionS must be a whole number from 1 to 31536000 (seconds), not Infinity'],
    ['retentionS = 1979-05-27', '1:1: retentionS must be a whole number from 1 to 31536000 (seconds), not 1979-05-27'],
    ['listen = [1]', '1:11: listen must be a list of up to 16 texts, not one with 1 in it'],
    ['networkSecret = "x"', /^1:1: There is no setting "networkSecret": a secret never stands in the configuration/],
    ['dir = "/x"', /^1:1: There is no setting "dir": the folder is given by --dir or HOLDFAST_DIR/],
    ['__proto__ = 1', /^1:1: There is no setting "__proto__"; /],
    ['name = "a"\nname = "b"', /^2:\d: This is no TOML: /],
    ['name = ', /^1:\d: This is no TOML: /],
  ])('%s', async (text, message) => {
    const [first] = await wrong(text)
    if (typeof message === 'string') expect(first).toBe(message)
    else expect(first).toMatch(message)
  })

  test.each([
    [
      'adaptiveKeepAliveMaxS = 3',
      /^1:1: adaptiveKeepAliveMinS is 5 and must not be more than .* 3 \(adaptiveKeepAliveMinS: default\)$/,
    ],
    [
      'reconnectionIntervalS = 0.5',
      /^1:1: reconnectionFirstWaitS is 1 and must not be more than reconnectionIntervalS/,
    ],
    [
      '\nnetworkAddresses = ["tcp://192.0.2.1:1"]',
      /^2:1: networkAddresses are those of a network, which needs a secret; set networkSecretFile/,
    ],
    ['admit = "network"', /^1:1: admit is "network", and a network needs a secret/],
    ['mdnsAnnounceEnabled = true\nmdnsEnabled = false', /^1:1: mdnsAnnounceEnabled is true and mdnsEnabled is false/],
  ])('together: %s', async (text, message) => {
    expect(await wrong(text)).toEqual([expect.stringMatching(message)])
  })

  test('a contradiction of two sources names both', async () => {
    const sources = { env: { HOLDFAST_ADAPTIVE_KEEP_ALIVE_ENABLED: 'true' } }
    expect(await wrong('keepAliveMode = "tcp"', sources)).toEqual([
      'HOLDFAST_ADAPTIVE_KEEP_ALIVE_ENABLED: adaptiveKeepAliveEnabled is true and keepAliveMode is "tcp", which contradict each other; leave one of them out (keepAliveMode: 1:1)',
    ])
  })

  test('a mode that consists of pings and pingsUnderLoad = false contradict each other; with mode tcp it reaches the node', async () => {
    expect(await wrong('pingsUnderLoad = false')).toEqual([
      expect.stringMatching(/^1:1: pingsUnderLoad is false, and the mode adaptive .* set keepAliveMode = "tcp"/),
    ])
    const { config } = await loadText('keepAliveMode = "tcp"\npingsUnderLoad = false')
    expect(await openOptionsOf(config)).toMatchObject({ keepAlive: { mode: 'tcp', pingsUnderLoad: false } })
  })

  test('a mistake is refused also where another source hides it', async () => {
    expect(await wrong('peersMax = "many"', { flags: { peersMax: '3' } })).toHaveLength(1)
  })
})

describe('a file that cannot be used', () => {
  const message = (path: string): Promise<string> =>
    load({ file: path }).then(
      () => 'accepted',
      ({ message }: Error) => message.replace(path, 'FILE'),
    )

  test('is missing, though somebody named it', async () => {
    expect(await message(join(root, 'missing.toml'))).toMatch(
      /^There is no configuration at FILE; `holdfast config --example`/,
    )
    const named = load({ env: { HOLDFAST_CONFIG: join(root, 'missing.toml') } })
    await expect(named).rejects.toThrow('There is no configuration at')
  })

  test('is a folder, a loop of links, too large, no text, or open to the changes of others', async () => {
    const path = join(root, 'odd')
    await mkdir(path)
    expect(await message(path)).toMatch(/FILE cannot be used: it is a folder/)
    await symlink(join(root, 'loop'), join(root, 'loop'))
    expect(await message(join(root, 'loop'))).toMatch(/FILE cannot be used: ELOOP/)
    await expect(loadText('#'.repeat(300_000))).rejects.toThrow('it has 300000 bytes, and a configuration has at most')
    await expect(loadText(Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 0xff]))).rejects.toThrow('it is no text in UTF-8')
    await expect(loadText('name = "\0"')).rejects.toThrow('it is no text in UTF-8')
    await loadText('')
    await chmod(file, 0o666)
    await expect(load({ file })).rejects.toThrow(
      `other users may change it; make that impossible with: chmod o-w '${file}'`,
    )
  })
})

describe('the secret of a network', () => {
  const secret = (name: string): string => join(root, name)
  const using = (name: string): Promise<string[]> => wrong(`networkSecretFile = "${name}"`)

  test('is read from a file that belongs to nobody else, beside the configuration', async () => {
    await writeFile(secret('good'), 'correct horse battery staple\n', { mode: 0o640 })
    const { config } = await loadText('networkSecretFile = "good"\nnetworkAddresses = ["tcp://192.0.2.1:1"]')
    expect(config.networkSecretFile).toBe(secret('good'))
    expect((await openOptionsOf(config)).network).toEqual({
      secret: 'correct horse battery staple\n',
      addresses: ['tcp://192.0.2.1:1'],
    })
  })

  test('is refused if others can read it, and if it is missing, weak or no file', async () => {
    await writeFile(secret('open'), 'correct horse battery staple\n')
    await chmod(secret('open'), 0o644)
    expect(await using('open')).toEqual([
      `1:1: The network secret in ${secret('open')} cannot be used: other users may open it (mode 0644); make it private with: chmod 600 '${secret('open')}'`,
    ])
    expect((await using('none'))[0]).toMatch(
      /there is no such file; make one with: \(umask 077; openssl rand -hex 32 > /,
    )
    expect((await using('.'))[0]).toMatch(/it is not a regular file/)
    await writeFile(secret('weak'), 'short', { mode: 0o600 })
    expect((await using('weak'))[0]).toMatch(/The network secret has 5 characters and must have at least 16/)
    await writeFile(secret('large'), 'x'.repeat(10_000), { mode: 0o600 })
    expect((await using('large'))[0]).toMatch(/it is too large/)
  })
})
