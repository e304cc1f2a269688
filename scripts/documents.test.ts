import { describe, expect, test } from 'vitest'
import { anchors, claimsOf, codeSpans, linkTargets, withoutFences } from './documents.ts'

const topLevel = new Set(['src', 'docs', 'README.md', 'package.json'])

describe('code spans', () => {
  test('have the line that they begin on, and one space where the line breaks', () => {
    expect(codeSpans('one\n`two` and `three\nfour`')).toEqual([
      { line: 2, text: 'two' },
      { line: 2, text: 'three four' },
    ])
  })

  test('may hold backticks between more of them', () => {
    expect(codeSpans('a ``b ` c`` d')).toEqual([{ line: 1, text: 'b ` c' }])
  })

  test('in fenced blocks do not count, and lines after a block keep their numbers', () => {
    expect(codeSpans('```ts\n`gone`\n```\n`kept`')).toEqual([{ line: 4, text: 'kept' }])
  })

  test('a block ends only at a fence as long as the one that began it', () => {
    expect(withoutFences('````\n```\nstill\n````\nafter')).toBe('\n\n\n\nafter')
  })
})

describe('links', () => {
  test('are found in text, images, tables and definitions', () => {
    const text = '[a](b.md) ![c](d.png "title")\n| [e](f.md#g) |\n\n[h]: i.md'
    expect(linkTargets(text)).toEqual([
      { line: 1, text: 'b.md' },
      { line: 1, text: 'd.png' },
      { line: 2, text: 'f.md#g' },
      { line: 4, text: 'i.md' },
    ])
  })

  test('in code do not count', () => {
    expect(linkTargets('`[a](b.md)`\n```\n[c](d.md)\n```\n[e](f.md)')).toEqual([{ line: 5, text: 'f.md' }])
  })

  test('whose text is code count', () => {
    expect(linkTargets('[`a`](b.md)')).toEqual([{ line: 1, text: 'b.md' }])
  })
})

describe('anchors', () => {
  test('are made of headings as GitHub makes them', () => {
    expect(anchors("## The daemon's API\n### `code` and [link](x.md): more\n# Zeiten, für Menschen")).toEqual(
      new Set(['the-daemons-api', 'code-and-link-more', 'zeiten-für-menschen']),
    )
  })

  test('of a repeated heading are numbered', () => {
    expect(anchors('# A\n## A\n## A')).toEqual(new Set(['a', 'a-1', 'a-2']))
  })

  test('do not come from comments in fenced blocks', () => {
    expect(anchors('```sh\n# not a heading\n```')).toEqual(new Set())
  })
})

describe('claims', () => {
  test('a path begins with a name in the root', () => {
    expect(claimsOf('src/node/open.ts', topLevel)).toEqual([{ kind: 'path', text: 'src/node/open.ts' }])
    expect(claimsOf('docs/decisions/*.md', topLevel)).toEqual([{ kind: 'path', text: 'docs/decisions/*.md' }])
    expect(claimsOf('README.md', topLevel)).toEqual([{ kind: 'path', text: 'README.md' }])
  })

  test('a member names both the object and itself, with or without a call', () => {
    const both = [
      { kind: 'name', text: 'Dialer' },
      { kind: 'name', text: 'lost' },
    ]
    expect(claimsOf('Dialer.lost', topLevel)).toEqual(both)
    expect(claimsOf('Dialer.lost(0)', topLevel)).toEqual(both)
  })

  test('a command names its script and its paths', () => {
    expect(claimsOf('npm run check -- imports', topLevel)).toEqual([{ kind: 'script', text: 'check' }])
    expect(claimsOf('npm run -s holdfast -- up', topLevel)).toEqual([{ kind: 'script', text: 'holdfast' }])
    expect(claimsOf('node src/cli/main.ts', topLevel)).toEqual([{ kind: 'path', text: 'src/cli/main.ts' }])
  })

  test('flags, variables and routes are looked for without their values', () => {
    expect(claimsOf('-- --seed N --cases N', topLevel)).toEqual([
      { kind: 'literal', text: '--seed' },
      { kind: 'literal', text: '--cases' },
    ])
    expect(claimsOf('HOLDFAST_DIR=/tmp/x', topLevel)).toEqual([{ kind: 'name', text: 'HOLDFAST_DIR' }])
    expect(claimsOf('GET /healthz', topLevel)).toEqual([{ kind: 'literal', text: '/healthz' }])
  })

  test('everything else is text of the source as it is', () => {
    for (const text of ['pipe/2', '@scure/base', 'api.sock', 'link:lost']) {
      expect(claimsOf(text, topLevel)).toEqual([{ kind: 'literal', text }])
    }
  })

  test('addresses and paths of the system are not of the repository', () => {
    expect(claimsOf('tcp://host:port', topLevel)).toEqual([])
    expect(claimsOf('/dev/full', topLevel)).toEqual([])
  })
})
