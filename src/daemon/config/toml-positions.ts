// Where the keys of a TOML document stand. The parser tells positions of mistakes in the form alone, and people want to be led to a wrong value as well.

/** Counted from 1, as editors do. */
export interface Position {
  readonly line: number
  readonly column: number
}

/** Positions by path: `listen`, `listen[0]` for the first element of a list, `table.key` for a key of a table. The first one counts. */
export type Positions = ReadonlyMap<string, Position>

/** Finds the keys, tables and elements of lists in a document that the parser has accepted; of any other it finds what it can. */
export function findPositions(text: string): Positions {
  return new Finder(text).find()
}

class Finder {
  readonly #text: string
  readonly #positions = new Map<string, Position>()
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  find(): Positions {
    let table = ''
    for (;;) {
      this.#skipSpace()
      if (this.#at >= this.#text.length) return this.#positions
      const start = this.#at
      if (this.#next === '[') {
        this.#skipWhile(/[[ \t]/y)
        table = this.#key()
        this.#note(table, start)
        this.#skipWhile(/[\] \t]/y)
      } else {
        const key = this.#key()
        const path = table === '' ? key : `${table}.${key}`
        this.#note(path, start)
        this.#skipWhile(/[ \t=]/y)
        this.#value(path)
      }
      // Whatever it was, it does not begin here again.
      if (this.#at === start) this.#at++
    }
  }

  get #next(): string {
    return this.#text.charAt(this.#at)
  }

  #note(path: string, at: number): void {
    if (path === '' || this.#positions.has(path)) return
    // Of `a.b = 1` people may ask for `a`.
    const table = path.split('.')[0]
    if (table !== path && table !== undefined) this.#note(table, at)
    const before = this.#text.slice(0, at)
    const lineStart = before.lastIndexOf('\n') + 1
    const column = Array.from(before.slice(lineStart)).length + 1
    this.#positions.set(path, { line: before.split('\n').length, column })
  }

  /** Reads `a.b."c d"`, as `a.b.c d`. */
  #key(): string {
    const parts: string[] = []
    for (;;) {
      this.#skipWhile(/[ \t]/y)
      const quote = this.#next
      if (quote === '"' || quote === "'") {
        const start = this.#at
        this.#string()
        parts.push(this.#text.slice(start + 1, this.#at - 1))
      } else parts.push(this.#skipWhile(/[\w-]/y))
      this.#skipWhile(/[ \t]/y)
      if (this.#next !== '.') return parts.join('.')
      this.#at++
    }
  }

  #value(path: string): void {
    switch (this.#next) {
      case '"':
      case "'":
        return this.#string()
      case '[':
        return this.#list(path)
      case '{':
        return this.#inlineTable(path)
      default:
        // A number, a date, true or false; in a list a comma ends it, too.
        this.#skipWhile(/[^,\]}#\r\n]/y)
    }
  }

  #list(path: string): void {
    this.#at++
    for (let index = 0; this.#at < this.#text.length; index++) {
      this.#skipSpace()
      if (this.#next === ']') break
      const start = this.#at
      this.#note(`${path}[${index}]`, start)
      this.#value(`${path}[${index}]`)
      this.#skipSpace()
      if (this.#next === ',' || this.#at === start) this.#at++
    }
    this.#at++
  }

  #inlineTable(path: string): void {
    this.#at++
    while (this.#at < this.#text.length) {
      this.#skipSpace()
      if (this.#next === '}') break
      const start = this.#at
      const key = `${path}.${this.#key()}`
      this.#note(key, start)
      this.#skipWhile(/[ \t=]/y)
      this.#value(key)
      this.#skipSpace()
      if (this.#next === ',' || this.#at === start) this.#at++
    }
    this.#at++
  }

  /** Any of the four kinds of strings. */
  #string(): void {
    const quote = this.#next
    const fence = quote.repeat(3)
    const isLong = this.#text.startsWith(fence, this.#at)
    const end = isLong ? fence : quote
    this.#at += end.length
    while (this.#at < this.#text.length && !this.#text.startsWith(end, this.#at)) {
      this.#at += quote === '"' && this.#next === '\\' ? 2 : 1
    }
    this.#at += end.length
    // Up to two quotes may stand before the closing three: """"quoted""""".
    if (isLong) this.#skipWhile(quote === '"' ? /"/y : /'/y)
  }

  /** White space, ends of lines and comments. */
  #skipSpace(): void {
    while (this.#at < this.#text.length) {
      if (this.#next === '#') this.#skipWhile(/[^\n]/y)
      else if (this.#skipWhile(/\s/y) === '') return
    }
  }

  /** Goes on while the characters match the sticky pattern; answers them. */
  #skipWhile(pattern: RegExp): string {
    const start = this.#at
    for (pattern.lastIndex = start; pattern.test(this.#text); pattern.lastIndex = this.#at) this.#at++
    return this.#text.slice(start, this.#at)
  }
}
