import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ServerSentEventParser } from './server-sent-events.ts'

const encode = (text: string): Uint8Array => new TextEncoder().encode(text)

test('events are taken apart into id, type and data', () => {
  const parser = new ServerSentEventParser()
  const events = parser.feed(encode(': hello\n\nid: 7-1\nevent: peer:lost\ndata: {"a":1}\n\ndata: one\ndata: two\n\n'))
  expect(events).toEqual([
    { id: '7-1', type: 'peer:lost', data: '{"a":1}' },
    // The id stays until there is another one.
    { id: '7-1', type: 'message', data: 'one\ntwo' },
  ])
})

test('comments and events without data tell nothing', () => {
  const parser = new ServerSentEventParser()
  expect(parser.feed(encode(':\n\nevent: nothing\n\nretry: 5\n\n'))).toEqual([])
  expect(parser.feed(encode('data: x\n\n'))).toEqual([{ id: '', type: 'message', data: 'x' }])
})

test('wherever the stream is cut into pieces, the same events come out of it', () => {
  const stream =
    'id: 1\r\nevent: a\r\ndata: „größer“ 🙂\r\n\r\n: still here\n\nid: 2\rdata: x\r\rid: 3\ndata\ndata:y\n\n'
  const expected = [
    { id: '1', type: 'a', data: '„größer“ 🙂' },
    { id: '2', type: 'message', data: 'x' },
    { id: '3', type: 'message', data: '\ny' },
  ]
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 140 }), { maxLength: 12 }), (cuts) => {
      const bytes = encode(stream)
      const ends = [...cuts.filter((cut) => cut < bytes.length).toSorted((a, b) => a - b), bytes.length]
      const parser = new ServerSentEventParser()
      const pieces = ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end))
      expect(pieces.flatMap((piece) => parser.feed(piece))).toEqual(expected)
    }),
  )
})

test('a line without an end is refused, and not kept for ever', () => {
  const parser = new ServerSentEventParser()
  expect(() => {
    for (let piece = 0; piece < 20; piece++) parser.feed(encode('x'.repeat(100_000)))
  }).toThrow('no end')
})
