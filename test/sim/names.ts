/** How the machines of a simulation are called, by their numbers. */
export const names = [
  'alice',
  'bob',
  'carol',
  'dave',
  'erin',
  'frank',
  'grace',
  'heidi',
  'ivan',
  'judy',
  'kevin',
  'laura',
  'mike',
  'nina',
  'olivia',
  'peggy',
  'quentin',
  'rupert',
  'sybil',
  'trent',
] as const

/** The most nodes that a simulation has. */
export const NODES_MAX = names.length

/** The name of an interface, as part of an address or alone; the first has none. */
export function interfaceOf(number: number, before = ''): string {
  return number === 0 ? '' : `${before}if${number}`
}
