import { Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { openLog } from './log.ts'

/** A stream that keeps what is written to it. */
function keeping(): { stream: Writable; lines: () => string[] } {
  let text = ''
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString()
      done()
    },
  })
  return { stream, lines: () => text.split('\n').slice(0, -1) }
}

test('for programs: one JSON object a line, with the level as a word and the time as ISO 8601 has it', () => {
  const { stream, lines } = keeping()
  const { logger, setLevel } = openLog({ level: 'info', format: 'json', colour: false, stream })
  logger.info({ event: 'peer:connected', peer: 'hf1x' }, 'connected to bob')
  logger.debug({}, 'not of interest')
  setLevel('debug')
  logger.debug({ err: new Error('no') }, 'of interest')
  expect(lines().map((line) => JSON.parse(line) as Record<string, unknown>)).toEqual([
    {
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      event: 'peer:connected',
      peer: 'hf1x',
      msg: 'connected to bob',
    },
    expect.objectContaining({ level: 'debug', msg: 'of interest', err: expect.objectContaining({ message: 'no' }) }),
  ])
})

test('for people: the time and a sentence, and nothing by which a peer’s name could paint the screen', () => {
  const { stream, lines } = keeping()
  const { logger, say } = openLog({ level: 'info', format: 'pretty', colour: false, stream })
  say('holdfast\n')
  logger.info({}, 'connected to \u001b[31mbob\u202e')
  logger.error({}, 'it failed')
  expect(lines()).toEqual([
    'holdfast',
    '',
    expect.stringMatching(/^\d\d:\d\d:\d\d {2}connected to \\u001b\[31mbob\\u202e$/),
    expect.stringMatching(/ {2}error: it failed$/),
  ])
})

test('colour, on a terminal alone', () => {
  const { stream, lines } = keeping()
  openLog({ level: 'info', format: 'pretty', colour: true, stream }).logger.warn({}, 'lost bob')
  expect(lines()).toEqual([expect.stringContaining('\u001b[33mlost bob\u001b[39m')])
})

test('a reader that hangs costs a mebibyte and no more, and is told what it missed', async () => {
  let go: (() => void) | undefined
  const written: string[] = []
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      written.push(String(chunk))
      if (go === undefined) go = done
      else done()
    },
  })
  const log = openLog({ level: 'info', format: 'json', colour: false, stream })
  for (let line = 0; line < 3_000; line++) log.logger.info({}, 'x'.repeat(1_000))
  expect(stream.writableLength).toBeLessThan(1.1 * 1024 * 1024)
  go?.()
  await log.flushed()
  log.logger.info({}, 'after')
  await log.flushed()
  const [dropped, after] = written.slice(-2).map((line) => JSON.parse(line) as Record<string, unknown>)
  expect(dropped).toMatchObject({ level: 'warn', dropped: 3_000 - (written.length - 2) })
  expect(after).toMatchObject({ msg: 'after' })
})

test('a stream that fails ends nothing', async () => {
  const stream = new Writable({ write: (_chunk, _encoding, done) => done(new Error('EPIPE')) })
  const log = openLog({ level: 'info', format: 'json', colour: false, stream })
  log.logger.info({}, 'one')
  await log.flushed()
  log.logger.info({}, 'two')
  await log.flushed()
})
