// UTF-8, as every runtime has it: the one thing beyond the language that the core may use. These declarations stand
// in for those of a platform when src/core is checked by itself, and state no more than the core needs.

declare class TextEncoder {
  encode(text: string): Uint8Array
}

declare class TextDecoder {
  constructor(encoding: 'utf-8', options?: { fatal?: boolean; ignoreBOM?: boolean })
  decode(bytes: Uint8Array): string
}
