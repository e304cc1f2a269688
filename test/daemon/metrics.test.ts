import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { afterEach, describe, expect, it } from 'vitest'
import type { Daemon } from '../../src/daemon/daemon.ts'
import { metricDefinitions } from '../../src/daemon/metrics/metrics.ts'
import { readAll } from '../library/nodes.ts'
import { DaemonBench, happening } from './daemons.ts'

const bench = new DaemonBench()
afterEach(() => bench.dispose())

const textOf = async ({ app }: Daemon): Promise<string> => (await app.request('/metrics')).text()

/** The value of one series; undefined if there is none. */
function valueOf(text: string, series: string): number | undefined {
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${series} `))
  return line === undefined ? undefined : Number(line.slice(series.length))
}

describe('metrics', () => {
  it('count peers by state, attempts, losses by reason and failovers', async () => {
    const { alice, bob } = await bench.pair()
    const peer = alice.node.peer(bob.node.id)
    const before = await textOf(alice)
    expect(valueOf(before, 'holdfast_peers{state="connected"}')).toBe(1)
    expect(valueOf(before, 'holdfast_losses_total{reason="paused"}')).toBe(0)
    const lost = happening(alice, 'peer:disconnected')
    peer.pause()
    await lost
    const paused = await textOf(alice)
    expect(valueOf(paused, 'holdfast_peers{state="connected"}')).toBe(0)
    expect(valueOf(paused, 'holdfast_peers{state="paused"}')).toBe(1)
    expect(valueOf(paused, 'holdfast_losses_total{reason="paused"}')).toBe(1)
    expect(valueOf(paused, 'holdfast_link_losses_total{reason="paused"}')).toBe(1)
    peer.resume()
    await peer.connected()
    const after = await textOf(alice)
    const attempts = (text: string) => valueOf(text, 'holdfast_reconnection_attempts_total') ?? 0
    expect(attempts(after) - attempts(before)).toBe(1)
    expect(valueOf(after, 'holdfast_reconnection_failures_total')).toBe(0)
  })

  it('show how well each peer is reached, in base units', async () => {
    const { alice, bob } = await bench.pair()
    const labels = `{peer="${bob.node.id}",name="bob"}`
    const text = await textOf(alice)
    expect(valueOf(text, `holdfast_peer_connected${labels}`)).toBe(1)
    expect(valueOf(text, `holdfast_peer_wanted${labels}`)).toBe(1)
    const { bytesSent, dialAttempts } = alice.node.peer(bob.node.id).counts
    expect(valueOf(text, `holdfast_peer_sent_bytes_total${labels}`)).toBe(bytesSent)
    expect(valueOf(text, `holdfast_peer_reconnection_attempts_total${labels}`)).toBe(dialAttempts)
    const seenS = valueOf(text, `holdfast_peer_last_seen_timestamp_seconds${labels}`) ?? 0
    expect(Math.abs(seenS - Date.now() / 1_000)).toBeLessThan(60)
  })

  it('show each link by its place, with score, round trip, jitter, loss, bytes and the trend, and when that was measured', async () => {
    const { alice, bob } = await bench.pair()
    const peer = alice.node.peer(bob.node.id)
    // The first probe is on its way.
    while (peer.links[0]?.score === undefined) await new Promise((go) => setImmediate(go))
    // The other side's probes come whenever they do: the text and the link are to be of one moment.
    let [text, link] = ['', peer.links[0]]
    do [link, text] = [peer.links[0], await textOf(alice)]
    while (peer.links[0].bytesReceived !== link.bytesReceived)
    const labels = `peer="${bob.node.id}",name="bob",link="0",kind="direct",direction="outbound"`
    const of = (name: string): number | undefined => valueOf(text, `holdfast_link_${name}{${labels}}`)
    expect(of('health_score')).toBe(link.score)
    expect(of('health_trend')).toBe(0)
    expect(of('round_trip_seconds')).toBe(link.roundTripMs! / 1_000)
    expect(of('jitter_seconds')).toBe(link.jitterMs! / 1_000)
    expect(of('probe_loss_ratio')).toBe(0)
    expect(of('sent_bytes_total')).toBe(link.bytesSent)
    expect(of('received_bytes_total')).toBe(link.bytesReceived)
    expect(of('last_check_timestamp_seconds')).toBe(link.lastCheckMs! / 1_000)
    const ofPeer = `peer="${bob.node.id}",name="bob"`
    expect(valueOf(text, `holdfast_peer_health_trend{${ofPeer}}`)).toBe(0)
    expect(valueOf(text, `holdfast_peer_path{${ofPeer},path="direct"}`)).toBe(1)
    expect(valueOf(text, `holdfast_peer_delivery_success_ratio{${ofPeer}}`)).toBe(1)
    expect(valueOf(text, 'holdfast_probes_total{outcome="answered"}')).toBe(alice.node.counts.probesAnswered)
    expect(valueOf(text, 'holdfast_links_omitted')).toBe(0)
  })

  it('count the messages that are sent and acknowledged', async () => {
    const { alice, bob } = await bench.pair()
    const delivered = happening(alice, 'chat:delivered')
    alice.context.chat.chat.send(bob.node.id, 'hello')
    await delivered
    const text = await textOf(alice)
    const of = (outcome: string): number | undefined => valueOf(text, `holdfast_messages_${outcome}_total`)
    expect([of('sent'), of('acknowledged'), of('failed'), of('repeated')]).toEqual([1, 1, 0, 0])
  })

  it('forget a peer that is none any more', async () => {
    const { alice, bob } = await bench.pair()
    alice.node.peer(bob.node.id).unpair()
    expect(await textOf(alice)).not.toContain(bob.node.id)
  })

  it('are all documented, with what they mean', async () => {
    const document = await readFile(new URL('../../docs/metrics.md', import.meta.url), 'utf8')
    const documented = [...document.matchAll(/^\| `((?:holdfast|process)_\w+)` \| (\w+) \| ([^|]+) \| ([^|]*) \|$/gm)]
    const rows = documented.map(([, name, type, help, labels = '']) => ({ name, type, help, labels: labels.trim() }))
    const expected = metricDefinitions.map(({ name, type, help, labels = [] }) => {
      return { name, type, help, labels: labels.map((label) => `\`${label}\``).join(', ') }
    })
    expect(rows).toEqual(expected)
  })
})

/** What promtool says, and its exit code; undefined if it is not installed. */
async function promtool(args: readonly string[], input: string): Promise<{ code: unknown; said: string } | undefined> {
  const child = spawn('promtool', args)
  try {
    await once(child, 'spawn')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  const closed = once(child, 'close')
  child.stdin.end(input)
  const said = Buffer.concat(await Promise.all([readAll(child.stdout), readAll(child.stderr)])).toString()
  return { code: (await closed)[0], said }
}

const isInstalled = (await promtool(['--version'], '')) !== undefined
const isRequired = process.env['HOLDFAST_TOOLS_REQUIRED'] === '1'

// Without it these say that they are skipped; where HOLDFAST_TOOLS_REQUIRED is 1 they fail instead.
describe.skipIf(!isInstalled && !isRequired)("promtool, of Debian's package prometheus,", () => {
  it('accepts the metrics without complaint', async () => {
    const { alice } = await bench.pair()
    expect(await promtool(['check', 'metrics'], await textOf(alice))).toEqual({ code: 0, said: '' })
  })

  it('accepts the alerts, which name only metrics that there are', async () => {
    const path = new URL('../../docs/alerts.yml', import.meta.url).pathname
    expect(await promtool(['check', 'rules', path], '')).toMatchObject({
      code: 0,
      said: expect.stringContaining('SUCCESS'),
    })
    const names = metricDefinitions.map(({ name }) => name)
    const used = (await readFile(path, 'utf8')).match(/\bholdfast_\w+/g) ?? []
    expect(used.filter((name) => !names.includes(name))).toEqual([])
  })
})
