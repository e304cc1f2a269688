// How a command names its standard input and output to the daemon, so that the daemon can read and write them itself
// (docs/decisions/031-descriptors-of-a-command.md).
import { fstatSync } from 'node:fs'

/** Headers of a request for a pipe, and of its answer. */
export const offerHeaders = { input: 'holdfast-input', output: 'holdfast-output' } as const

/** In the answer: the daemon reads or writes the descriptor, and the frames of the connection carry no bytes of it. */
export const TAKEN = 'taken'

/** A descriptor of a process, and the file that it stands for, by which a process that the number does not mean is recognised. */
export interface DescriptorOffer {
  readonly processId: number
  readonly descriptor: number
  readonly device: bigint
  readonly inode: bigint
}

/** The headers with which this process offers standard input and output. None where no other process can open them by name. */
export function ownOffers(): Record<string, string> {
  if (process.platform !== 'linux') return {}
  return { [offerHeaders.input]: offerOf(0), [offerHeaders.output]: offerOf(1) }
}

function offerOf(descriptor: number): string {
  const { dev, ino } = fstatSync(descriptor, { bigint: true })
  return [process.pid, descriptor, dev, ino].join(' ')
}

/** Undefined for what is no offer. */
export function parseOffer(header: string): DescriptorOffer | undefined {
  const [, processId, descriptor, device, inode] = /^(\d{1,10}) (\d{1,9}) (\d{1,20}) (\d{1,20})$/.exec(header) ?? []
  if (processId === undefined || descriptor === undefined || device === undefined || inode === undefined)
    return undefined
  return {
    processId: Number(processId),
    descriptor: Number(descriptor),
    device: BigInt(device),
    inode: BigInt(inode),
  }
}
