// Reads Markdown as far as the check of the documents needs it: links, headings, and what stands in backticks.

/** A piece of a document, and the line that it begins on, counted from 1. */
export interface Found {
  readonly line: number
  readonly text: string
}

/** What a span of code claims to exist. */
export type Claim =
  /** A file or folder from the root of the repository; may hold `*` and `{a,b}`. */
  | { readonly kind: 'path'; readonly text: string }
  /** An identifier: a word of the source. */
  | { readonly kind: 'name'; readonly text: string }
  /** A script of package.json. */
  | { readonly kind: 'script'; readonly text: string }
  /** Text that occurs in the source as it is: a file name, a flag, a protocol, a package. */
  | { readonly kind: 'literal'; readonly text: string }

/** The document with its fenced blocks blanked, line by line. */
export function withoutFences(markdown: string): string {
  let fence: string | undefined
  return markdown
    .split('\n')
    .map((line) => {
      const [, mark = ''] = /^ {0,3}(`{3,}|~{3,})/.exec(line) ?? []
      if (fence === undefined) {
        if (mark === '') return line
        fence = mark
      } else if (mark.startsWith(fence) && line.trim() === mark) fence = undefined
      return ''
    })
    .join('\n')
}

/** The spans of code outside of fenced blocks. */
export function codeSpans(markdown: string): Found[] {
  const text = withoutFences(markdown)
  return [...text.matchAll(/(?<!`)(`+)(?!`)([^]*?[^`])\1(?!`)/g)].map(({ index, 2: code = '' }) => ({
    line: lineOf(text, index),
    text: code.replace(/\s+/g, ' ').trim(),
  }))
}

/** The targets of links and images outside of code, those of definitions (`[name]: target`) included. */
export function linkTargets(markdown: string): Found[] {
  const text = withoutFences(markdown).replace(/(?<!`)(`+)(?!`)([^]*?[^`])\1(?!`)/g, (span) =>
    span.replace(/[^\n]/g, ' '),
  )
  const patterns = [
    /\]\(\s*<?([^()\s<>]*(?:\([^()\s]*\)[^()\s<>]*)*)>?(?:\s+["'][^"']*["'])?\s*\)/g,
    /^ {0,3}\[[^\]]+\]:\s*(\S+)/gm,
  ]
  return patterns.flatMap((pattern) =>
    [...text.matchAll(pattern)].map(({ index, 1: target = '' }) => ({ line: lineOf(text, index), text: target })),
  )
}

/** The anchors of a document, as GitHub makes them of its headings; a repeated heading gets a number. */
export function anchors(markdown: string): Set<string> {
  const seen = new Map<string, number>()
  const found = new Set<string>()
  for (const line of withoutFences(markdown).split('\n')) {
    const heading = /^ {0,3}#{1,6}\s+(.+?)(?:\s+#+)?\s*$/.exec(line)?.[1]
    if (heading !== undefined) {
      const slug = slugOf(heading)
      const count = seen.get(slug) ?? 0
      seen.set(slug, count + 1)
      found.add(count === 0 ? slug : `${slug}-${count}`)
    }
    for (const [, id = ''] of line.matchAll(/<a\s+(?:id|name)="([^"]+)"/g)) found.add(id)
  }
  return found
}

/** What a span of code claims to exist. `topLevel` are the names in the root of the repository. */
export function claimsOf(span: string, topLevel: ReadonlySet<string>): Claim[] {
  if (/^(npm|npx|node|git|sed|holdfast)\s/.test(span)) return claimsOfCommand(span, topLevel)
  if (span.startsWith('-')) return [...span.matchAll(/--[a-z][\w-]*/g)].map(([text]) => ({ kind: 'literal', text }))
  const route = /^(?:GET|POST|PUT|PATCH|DELETE) (\/\S+)$/.exec(span)?.[1]
  if (route !== undefined) return [{ kind: 'literal', text: route }]
  const variable = /^([A-Z][A-Z_]+)=/.exec(span)?.[1]
  if (variable !== undefined) return [{ kind: 'name', text: variable }]
  if (span.includes('://') || span.startsWith('/')) return []
  if (isPath(span, topLevel)) return [{ kind: 'path', text: span }]
  const [, names] = /^(?:await )?([#\w$]+(?:\.[#\w$]+)*)(?:\([^)]*\))?$/.exec(span) ?? []
  if (names === undefined || isFileName(span)) return [{ kind: 'literal', text: span }]
  return names.split('.').map((text) => ({ kind: 'name', text }))
}

function claimsOfCommand(command: string, topLevel: ReadonlySet<string>): Claim[] {
  const script = /^npm run (?:-\S+ )*([a-z][\w:-]*)/.exec(command)?.[1]
  const paths = command.split(' ').filter((word) => word.includes('/') && isPath(word, topLevel))
  return [
    ...(script === undefined ? [] : [{ kind: 'script', text: script } as const]),
    ...paths.map((text) => ({ kind: 'path', text }) as const),
  ]
}

function isPath(text: string, topLevel: ReadonlySet<string>): boolean {
  const [first = ''] = text.split('/')
  return /^[\w./@*{},-]+$/.test(text) && topLevel.has(first) && (text.includes('/') || isFileName(text))
}

function isFileName(text: string): boolean {
  return /\.(ts|tsx|md|json|jsonl|yml|toml|css|html|db|sock)$/.test(text)
}

function slugOf(heading: string): string {
  return heading
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-')
}

function lineOf(text: string, index: number): number {
  return text.slice(0, index).split('\n').length
}
