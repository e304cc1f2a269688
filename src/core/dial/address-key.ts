/**
 * A text that is the same for all ways to write one address, and that sorts as addresses do: by IP, as numbers, then by port. IPv4 stands
 * where it is mapped into IPv6; names come after all IPs, by their letters.
 */
export function addressKey(address: string): string {
  const [, scheme = '', bracketed, plain = address, port = '0'] =
    /^([a-z][a-z\d+.-]*):\/\/(?:\[([^\]]*)\]|([^:]*)):(\d{1,5})$/i.exec(address) ?? []
  const host = (bracketed ?? plain).toLowerCase()
  const groups = bracketed === undefined ? mapped(host) : groupsOf(host)
  // No hexadecimal digit is as high as the n of a name, and no character of a name as low as the space.
  const place = groups?.map((group) => group.toString(16).padStart(4, '0')).join('') ?? `name ${host}`
  return `${place} ${port.padStart(5, '0')} ${scheme.toLowerCase()}`
}

function mapped(host: string): number[] | undefined {
  const last = quad(host)
  return last && [0, 0, 0, 0, 0, 0xffff, ...last]
}

/** The eight groups of an IPv6 address (RFC 4291, section 2.2). */
function groupsOf(text: string): number[] | undefined {
  const [head = '', tail] = text.replace(/%.*$/, '').split('::')
  const first = groupsIn(head)
  const last = groupsIn(tail ?? '')
  if (first === undefined || last === undefined) return undefined
  const missing = 8 - first.length - last.length
  if (tail === undefined ? missing !== 0 : missing < 0) return undefined
  return [...first, ...Array.from({ length: missing }, () => 0), ...last]
}

function groupsIn(text: string): number[] | undefined {
  const groups: number[] = []
  for (const part of text === '' ? [] : text.split(':')) {
    const numbers = quad(part) ?? (/^[\da-f]{1,4}$/.test(part) ? [Number.parseInt(part, 16)] : undefined)
    if (numbers === undefined) return undefined
    groups.push(...numbers)
  }
  return groups
}

/** The two groups that four decimal numbers make. */
function quad(text: string): number[] | undefined {
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) return undefined
  const [a = 0, b = 0, c = 0, d = 0] = text.split('.').map(Number)
  return [a * 256 + b, c * 256 + d]
}
