// Opens standard input and output of a command in the daemon, so that their bytes need not cross the connection between the two.
import { type BigIntStats, closeSync, constants, fstatSync, open } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import type { IncomingHttpHeaders } from 'node:http'
import { Socket } from 'node:net'
import { promisify } from 'node:util'
import { type DescriptorOffer, offerHeaders, parseOffer } from '../../services/pipe/descriptor-offer.ts'
import type { PipeInput, PipeOutput } from '../../services/pipe/endpoint.ts'
import { FifoInput, FileInput } from '../../services/pipe/input.ts'
import { FileOutput, isNullDevice, NullOutput, StreamOutput } from '../../services/pipe/output.ts'

const { O_APPEND, O_NOCTTY, O_NONBLOCK, O_RDONLY, O_RDWR, O_WRONLY } = constants
/** The bits of a descriptor's flags that say whether it can be read and written. */
const ACCESS_MODE_MASK = O_RDONLY | O_WRONLY | O_RDWR

const openAnew = promisify(open)

/** What the daemon reads and writes itself; undefined: the connection carries the bytes. */
export interface TakenDescriptors {
  readonly input: (PipeInput & { close(): void }) | undefined
  readonly output: (PipeOutput & { close(): void }) | undefined
}

export const noDescriptors: TakenDescriptors = { input: undefined, output: undefined }

/**
 * Opens what the command offers, where the result is the same as if the command read and wrote itself. It opens the file anew, so the command's descriptor stays as it is. It never fails: what
 * cannot be opened is left to the command.
 */
export async function takeDescriptors(headers: IncomingHttpHeaders): Promise<TakenDescriptors> {
  const [input, output] = await Promise.all([
    taken(headers[offerHeaders.input], openInput),
    taken(headers[offerHeaders.output], openOutput),
  ])
  return { input, output }
}

/** Closes them at once; bytes that the output has not taken are dropped. */
export function closeDescriptors({ input, output }: TakenDescriptors): void {
  input?.close()
  output?.close()
}

async function taken<Edge>(
  header: string | string[] | undefined,
  openEdge: (offer: DescriptorOffer) => Promise<Edge | undefined>,
): Promise<Edge | undefined> {
  const offer = typeof header === 'string' ? parseOffer(header) : undefined
  if (offer === undefined || process.platform !== 'linux') return undefined
  try {
    return await openEdge(offer)
  } catch {
    // It has been closed, is a socket, belongs to another user, or is behind another /proc.
    return undefined
  }
}

/** A descriptor of a command, looked at and not opened yet. */
interface Offered {
  readonly path: string
  readonly stats: BigIntStats
  /** As `open` takes them. */
  readonly flags: number
  /** Where the next byte is read or written, in a file. */
  readonly position: number
}

/** A pipe of the system, or a file from the position at which it stands. The position of the command's own descriptor stays as it is. */
async function openInput(offer: DescriptorOffer): Promise<TakenDescriptors['input']> {
  const offered = await lookAt(offer)
  const { stats, flags, position } = offered
  if ((flags & ACCESS_MODE_MASK) === O_WRONLY || !(stats.isFIFO() || stats.isFile())) return undefined
  const descriptor = await openOffered(offered, O_RDONLY)
  return stats.isFile() ? new FileInput(descriptor, position) : new FifoInput(descriptor)
}

/**
 * A pipe of the system, /dev/null, or a file that is appended to. Any other file is left to the command: a later program on the same descriptor would write over what the daemon wrote.
 */
async function openOutput(offer: DescriptorOffer): Promise<TakenDescriptors['output']> {
  const offered = await lookAt(offer)
  const { stats, flags } = offered
  if ((flags & ACCESS_MODE_MASK) === O_RDONLY) return undefined
  if (isNullDevice(stats)) return new NullOutput()
  const isAppended = stats.isFile() && (flags & O_APPEND) !== 0
  if (isAppended) return new FileOutput(await openOffered(offered, O_WRONLY | O_APPEND))
  if (!stats.isFIFO()) return undefined
  const descriptor = await openOffered(offered, O_WRONLY)
  return new StreamOutput(new Socket({ fd: descriptor, readable: false, writable: true }), true)
}

/** Throws the system's error, or one that says that the process is another than the offer means. */
async function lookAt({ processId, descriptor, device, inode }: DescriptorOffer): Promise<Offered> {
  const path = `/proc/${processId}/fd/${descriptor}`
  const [stats, info] = await Promise.all([
    stat(path, { bigint: true }),
    readFile(`/proc/${processId}/fdinfo/${descriptor}`, 'latin1'),
  ])
  if (stats.dev !== device || stats.ino !== inode) throw new Error(`${path} is another file than the one offered`)
  const [, position = ''] = /^pos:\s*(\d+)$/m.exec(info) ?? []
  const [, flags = ''] = /^flags:\s*([0-7]+)$/m.exec(info) ?? []
  return { path, stats, flags: Number.parseInt(flags, 8), position: Number(position) }
}

/** Without waiting for the other end of a pipe. */
async function openOffered({ path, stats }: Offered, flags: number): Promise<number> {
  const descriptor = await openAnew(path, flags | O_NONBLOCK | O_NOCTTY)
  const { dev, ino } = fstatSync(descriptor, { bigint: true })
  if (dev === stats.dev && ino === stats.ino) return descriptor
  closeSync(descriptor)
  throw new Error(`${path} has become another file`)
}
