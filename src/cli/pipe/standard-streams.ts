// Standard input and output of a command, as the two ends of a pipe.
import { fstatSync } from 'node:fs'
import { isatty } from 'node:tty'
import type { PipeInput, PipeOutput } from '../../services/pipe/endpoint.ts'
import { FileInput, StreamInput } from '../../services/pipe/input.ts'
import { FileOutput, isNullDevice, NullOutput, StreamOutput } from '../../services/pipe/output.ts'
import { openStandardOutput } from '../terminal/standard-output.ts'

const standardInput = 0
const standardOutput = 1

export function openPipeInput(): PipeInput {
  if (isatty(standardInput)) return new StreamInput(process.stdin, true)
  // A read of a pipe blocks a thread for as long as nothing comes, and the process could not end meanwhile; Node polls for it instead.
  return isPolled(standardInput) ? new StreamInput(process.stdin, false) : new FileInput(standardInput, null)
}

export function openPipeOutput(): PipeOutput {
  if (isatty(standardOutput)) return new StreamOutput(openStandardOutput(), false)
  if (isNullDevice(fstatSync(standardOutput, { bigint: true }))) return new NullOutput()
  return isPolled(standardOutput) ? new StreamOutput(openStandardOutput(), true) : new FileOutput(standardOutput)
}

function isPolled(descriptor: number): boolean {
  const stats = fstatSync(descriptor)
  return stats.isFIFO() || stats.isSocket()
}
