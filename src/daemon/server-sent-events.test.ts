import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type ServerSentEvent, serverSentEvents } from './server-sent-events.ts'

async function read(...chunks: readonly (string | Uint8Array)[]): Promise<ServerSentEvent[]> {
  const encoder = new TextEncoder()
  const bytes = chunks.map((chunk) => (typeof chunk === 'string' ? encoder.encode(chunk) : chunk))
  const events: ServerSentEvent[] = []
  for await (const event of serverSentEvents(ReadableStream.from<Uint8Array>(bytes))) events.push(event)
  return events
}

describe('serverSentEvents', () => {
  test('reads ids, types and data over several lines', async () => {
    expect(await read(': hello\n\nid: 1\nevent: peer:state\ndata: {"a":\ndata: 1}\n\ndata\n\ndata:x\n\n')).toEqual([
      { id: '1', type: 'peer:state', data: '{"a":\n1}' },
      { id: '1', type: 'message', data: '' },
      { id: '1', type: 'message', data: 'x' },
    ])
  })

  test('does not report what was cut off', async () => {
    expect(await read('id: 1\ndata: whole\n\nid: 2\ndata: ha')).toEqual([{ id: '1', type: 'message', data: 'whole' }])
  })

  test('reads the same however it is cut into pieces', async () => {
    const text = 'id: 7\r\ndata: größer\r\n\r\ndata: b\rdata: c\r\r: end\n\n'
    const bytes = new TextEncoder().encode(text)
    const whole = await read(bytes)
    expect(whole.map(({ data }) => data)).toEqual(['größer', 'b\nc'])
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.nat(bytes.length), { maxLength: 8 }), async (cuts) => {
        const ends = [...cuts.toSorted((a, b) => a - b), bytes.length]
        expect(await read(...ends.map((end, at) => bytes.slice(ends[at - 1] ?? 0, end)))).toEqual(whole)
      }),
    )
  })

  test('gives up on a line without an end', async () => {
    await expect(read('data: ', ...Array.from({ length: 20 }, () => 'x'.repeat(100_000)))).rejects.toThrow(/max/i)
  })
})
