// What a peer writes ends up in logs, events, the API's sentences and on screens. A peer that is real but for the text of its refusal tries to forge a line there.
import { Writable } from 'node:stream'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { systemClock } from '../../src/clock.ts'
import { encodeRefuse } from '../../src/core/frame/encode.ts'
import { visible } from '../../src/core/visible.ts'
import type { DoctorReport } from '../../src/daemon/contract/doctor.ts'
import type { EventView } from '../../src/daemon/contract/event.ts'
import { openLog } from '../../src/daemon/log/log.ts'
import { loadIdentity } from '../../src/identity/identity-file.ts'
import { tcpTransport } from '../../src/transport/tcp/tcp.ts'
import { DaemonBench, get, happening, onlyPeer } from '../daemon/daemons.ts'
import { allocate } from './party.ts'

let bench: DaemonBench
beforeEach(() => {
  bench = new DaemonBench()
})
afterEach(() => bench.dispose())

const forged = 'no\n12:00:00  connected to bank\r\u001b[2J\u009b31m\u2028\u202e'
const harmless = 'no\\n12:00:00  connected to bank\\r\\u001b[2J\\u009b31m\\u2028\\u202e'
// oxlint-disable-next-line no-control-regex
const acting = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]/

test.each(['pretty', 'json'] as const)(
  'the text of a refusal forges no line of a %s log, of events, the API or the doctor',
  async (format) => {
    let written = ''
    const stream = new Writable({
      write(chunk: Buffer, _encoding, done) {
        written += chunk.toString()
        done()
      },
    })
    const { logger } = openLog({ level: 'debug', format, colour: false, stream })
    const dir = await bench.folder()
    const bob = await bench.daemon('bob', { dir })
    const alice = await bench.daemon('alice', { logger })
    await alice.node.pair(await bob.node.ticket())
    const [listening = ''] = bob.node.listening
    await bob.close()
    const identity = await loadIdentity(dir)
    if (identity === undefined) throw new Error('Bob has no identity')
    const listener = await tcpTransport({ identity, clock: systemClock }).listen(listening, ({ channel }) => {
      channel.open({ received: () => undefined, drained: () => undefined, closed: () => undefined })
      channel.write([encodeRefuse(allocate, { code: 'not-paired', text: forged })])
      channel.end()
    })
    try {
      const blocked = happening(alice, 'peer:state')
      alice.node.peers()[0]?.reconnect()
      await blocked
      for (let event = await happening(alice, 'peer:state'); !JSON.stringify(event.data).includes('blocked'); ) {
        event = await happening(alice, 'peer:state')
      }
      const peer = await onlyPeer(alice)
      expect(peer.state).toMatchObject({ kind: 'blocked', message: expect.stringContaining(harmless) })
      const { events } = await get<{ events: EventView[] }>(alice, '/api/v1/log')
      const report = (await (await alice.app.request('/api/v1/doctor', { method: 'POST' })).json()) as DoctorReport
      const texts = [
        peer.state.text,
        ...events.map(({ text }) => text),
        ...report.peers.flatMap(({ checks }) => checks.flatMap(({ text, cure }) => [text, cure ?? ''])),
      ]
      for (const text of texts) expect(visible(text)).toBe(text)
      expect(texts.filter((text) => text.includes(harmless)).length).toBeGreaterThan(2)
      expect(written).toContain(format === 'json' ? harmless.replaceAll('\\', '\\\\') : harmless)
      expect(written).not.toMatch(acting)
      expect(written.split('\n').filter((line) => line.startsWith('12:00:00  connected to bank'))).toEqual([])
    } finally {
      await listener.close()
    }
  },
)
