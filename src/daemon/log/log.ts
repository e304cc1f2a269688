// The log of a daemon: pino's lines, on standard output.
import type { Writable } from 'node:stream'
import { pino } from 'pino'
import { visibleJson } from '../../core/visible.ts'
import type { Logger } from '../../index.ts'
import type { Settings } from '../config/schema.ts'
import { LineSink } from './line-sink.ts'
import { prettyLine } from './pretty.ts'

export interface LogOptions {
  readonly level: Settings['logLevel']
  readonly format: 'pretty' | 'json'
  /** Of `pretty`. */
  readonly colour: boolean
  readonly stream: Writable
}

export interface DaemonLog {
  readonly logger: Logger
  readonly setLevel: (level: Settings['logLevel']) => void
  /** Writes a text for people, as it is, in its place between the lines. */
  readonly say: (text: string) => void
  /** Resolves when everything has been written, or cannot be. */
  readonly flushed: () => Promise<void>
}

export function openLog({ level, format, colour, stream }: LogOptions): DaemonLog {
  const form = (json: string): string => (format === 'pretty' ? prettyLine(json, colour) : visibleJson(json))
  const sink = new LineSink(stream, (count) => form(droppedLine(count)))
  const logger = pino(
    {
      level,
      // Whoever collects logs adds the host; the process is known by the folder that it holds.
      base: null,
      ...(format === 'json' && {
        timestamp: pino.stdTimeFunctions.isoTime,
        formatters: { level: (label: string) => ({ level: label }) },
      }),
    },
    { write: (json: string) => sink.write(form(json)) },
  )
  return {
    logger,
    setLevel(level) {
      logger.level = level
    },
    say: (text) => sink.write(`${text}\n`),
    flushed: () => sink.flushed(),
  }

  function droppedLine(count: number): string {
    const msg = `${count} lines of the log were dropped, because they were not read in time`
    const [level, time] = format === 'json' ? ['warn', new Date().toISOString()] : [40, Date.now()]
    return `${JSON.stringify({ level, time, dropped: count, msg })}\n`
  }
}
