// How a pipe ended, in a sentence.
import { pipeResets } from '../../services/pipe/protocol.ts'

/** Says that both sides have everything; that is what exit code 0 means. */
export function completed(name: string): string {
  return `The pipe with ${name} has ended; everything has arrived`
}

/** What a reset of the other side means. */
export function explainedReset(code: unknown, name: string): string {
  switch (code) {
    case pipeResets.aborted:
      return `${name} ended the pipe before it was complete; start it again on both sides`
    case pipeResets.noHandler:
      return `${name} is there but does not wait for a pipe; run \`holdfast pipe --accept\` there, and if it runs already, update Holdfast there`
    case pipeResets.notAllowed:
      return `${name} does not allow this node to open a pipe; change that there`
    case pipeResets.busy:
      return `${name} has a pipe open already; try again when that has ended`
    case pipeResets.notExpected:
      return `${name} waits for a pipe from another peer; name this one there, or none`
    case pipeResets.readerGone:
      return `The program that reads the pipe on ${name} has ended, so not everything arrived`
    case pipeResets.outputFull:
      return `The disk is full on ${name}, so not everything was written there; make room and start the pipe again on both sides`
    case pipeResets.outputFailed:
      return `Standard output failed on ${name}, so not everything was written there; its message there says why`
    case pipeResets.inputFailed:
      return `Standard input failed on ${name}, so not everything came; its message there says why`
    case pipeResets.violation:
      return `${name} took what came for no pipe of its version; update the older of the two`
    default:
      return `${name} ended the pipe (code ${String(code)}) before it was complete; start it again on both sides`
  }
}

/** What an error of the stream or its session means, by its code; `text` says it where there is nothing to add. */
export function explainedFailure(code: unknown, text: string, name: string): string {
  return code === 'peer-restarted'
    ? `Holdfast was started again on ${name}, and the pipe has ended with it; start the pipe again on both sides`
    : text
}

/** For the side that has spoken to an older one. */
export function tooOld(name: string): string {
  return `${name} opened a pipe of an older version, which cannot confirm what arrives; update Holdfast there`
}
