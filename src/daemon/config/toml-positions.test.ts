import fc from 'fast-check'
import { parse, stringify } from 'smol-toml'
import { expect, test } from 'vitest'
import { findPositions } from './toml-positions.ts'

const found = (text: string): Record<string, string> => {
  parse(text) // the examples are TOML
  return Object.fromEntries([...findPositions(text)].map(([path, { line, column }]) => [path, `${line}:${column}`]))
}

test('keys, comments, strings that look like keys, and lists over several lines', () => {
  const text = `# name = "no"
name = "a = 1 # no" # listen = []
  listen = [ # the first
    "tcp://a:1", # ]
    'tcp://[::1]:2',
  ]
"quoted key" = 'C:\\'
after = """
inside = 1
\\""" ""\\"
"""
logLevel = 'x'`
  expect(found(text)).toEqual({
    name: '2:1',
    listen: '3:3',
    'listen[0]': '4:5',
    'listen[1]': '5:5',
    'quoted key': '7:1',
    after: '8:1',
    logLevel: '12:1',
  })
})

test('tables, tables in lists, dotted keys and inline tables', () => {
  const text = `a.b . c = 1\r
[ api ]\r
listen = "x"\r
hosts = { main = ["y"], "o.ther" = {} }
[[servers]]
name = 1
[[servers]]
name = 2979-05-27T07:32:00-08:00
`
  expect(found(text)).toEqual({
    a: '1:1',
    'a.b.c': '1:1',
    api: '2:1',
    'api.listen': '3:1',
    'api.hosts': '4:1',
    'api.hosts.main': '4:11',
    'api.hosts.main[0]': '4:19',
    'api.hosts.o.ther': '4:25',
    servers: '5:1',
    'servers.name': '6:1',
  })
})

test('a string in three quotes may end with quotes of its own', () => {
  expect(found(`a = """""two"""""\nb = '''''two'''''\nc = ""\nd = ''''''\ne = 1`)).toMatchObject({
    b: '2:1',
    c: '3:1',
    d: '4:1',
    e: '5:1',
  })
})

const value = fc.oneof(
  fc.string(),
  fc.integer(),
  fc.boolean(),
  fc.array(fc.string(), { maxLength: 3 }),
  fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), fc.string(), { maxKeys: 3 }),
)

test('every key of any document is found on its line', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.stringMatching(/^[a-zA-Z_-]{1,8}$/), value, { maxKeys: 6 }), (values) => {
      const text = stringify(values)
      const lines = text.split('\n')
      const positions = findPositions(text)
      for (const key of Object.keys(values)) {
        const { line = 0, column = 0 } = positions.get(key) ?? {}
        const start = lines[line - 1]?.slice(column - 1) ?? ''
        expect(start.startsWith(key) || start.startsWith(`[${key}]`), `${key} in ${text}`).toBe(true)
      }
    }),
  )
})

test('what is no TOML ends', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom(...Array.from('ab=[]{}"\'\\\n#,. ')) }),
      (text) => void findPositions(text),
    ),
  )
})
