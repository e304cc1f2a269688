import { type Duplex, PassThrough, type Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { pipeResets } from '../services/pipe.ts'
import { InputOutputError } from './errors.ts'

/** What can be joined with standard input and output. */
export interface JoinableStream extends Duplex {
  reset(code: number): void
}

/**
 * Carries `input` into the stream and the stream into `output`, until both directions have ended: the other side has
 * then acknowledged everything from `input`, and `output` has taken everything that came.
 *
 * An `output` that is closed early (EPIPE) resets the stream; that is an outcome, and no error. When `signal` is aborted,
 * the stream is reset and this rejects.
 */
export async function joinStreams(
  stream: JoinableStream,
  input: Readable & { isTTY?: boolean },
  output: Writable,
  signal: AbortSignal,
): Promise<'complete' | 'reader-gone'> {
  let failure: InputOutputError | 'reader-gone' | undefined
  const abort = (): void => stream.reset(pipeResets.aborted)
  signal.addEventListener('abort', abort)
  if (signal.aborted) abort()
  // Stands before the listeners of the pipeline, which would end the stream without a code.
  output.on('error', (error: NodeJS.ErrnoException) => {
    failure ??= error.code === 'EPIPE' ? 'reader-gone' : new InputOutputError('output', error)
    stream.reset(failure === 'reader-gone' ? pipeResets.readerGone : pipeResets.aborted)
  })
  input.on('error', (error) => {
    // When the stream fails first, its error is passed on to here.
    if (!stream.destroyed) failure ??= new InputOutputError('input', error)
  })

  const interactive = input.isTTY === true
  let sent = false
  const receiving = receive(stream, output).then(() => {
    // Whoever reads the output may have to see its end before writing what is our input.
    if (!sent && !interactive) output.destroy()
  })
  const source = interactive ? endingWith(receiving, input) : input
  const sending = pipeline(source, stream).then(() => {
    sent = true
  })
  try {
    await Promise.all([receiving, sending])
    return 'complete'
  } catch (error) {
    if (failure === 'reader-gone') return failure
    // What came first says more than that a pipeline was cut short by it.
    throw failure ?? stream.errored ?? error
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

/** Resolves when `output` has taken everything. It stays open. */
async function receive(stream: JoinableStream, output: Writable): Promise<void> {
  await pipeline(stream, output, { end: false })
  await new Promise<void>((resolve, reject) => {
    output.write('', (error) => (error ? reject(error) : resolve()))
  })
}

/** A terminal has no end of its own unless somebody types it; this one ends with the other direction. */
function endingWith(receiving: Promise<void>, terminal: Readable): Readable {
  const source = terminal.pipe(new PassThrough())
  terminal.on('error', (error) => source.destroy(error))
  const end = (): void => {
    terminal.unpipe(source)
    source.end()
  }
  receiving.then(end, end)
  return source
}
