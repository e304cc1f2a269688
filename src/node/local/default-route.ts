import { readFileSync } from 'node:fs'

/** Flags of a route (linux/route.h): it is up; it refuses what it is for. */
const RTF_UP = 0x1
const RTF_REJECT = 0x200

interface Route {
  readonly interface: string
  readonly metric: number
}

/** The interfaces that this machine's default routes lead over, the preferred one first, IPv4 before IPv6. Empty where the system does not say: Linux alone does. */
export function defaultRouteInterfaces(): string[] {
  const routes = [...ipv4DefaultRoutes(read('/proc/net/route')), ...ipv6DefaultRoutes(read('/proc/net/ipv6_route'))]
  return [...new Set(routes)]
}

/** From the text of `/proc/net/route`: interface, destination, gateway, flags, two counters, metric and mask in columns; numbers in hexadecimal but for the metric. */
export function ipv4DefaultRoutes(text: string): string[] {
  return preferredFirst(
    lines(text).flatMap(([name = '', destination, , flags = '', , , metric = '', mask]) =>
      destination === '00000000' && mask === '00000000' && isUsable(flags)
        ? { interface: name, metric: Number.parseInt(metric, 10) }
        : [],
    ),
  )
}

/** From the text of `/proc/net/ipv6_route`: destination, its prefix, source, its prefix, next hop, metric, two counters, flags and interface; numbers in hexadecimal. */
export function ipv6DefaultRoutes(text: string): string[] {
  return preferredFirst(
    lines(text).flatMap(([destination = '', prefix, , , , metric = '', , , flags = '', name = '']) =>
      /^0{32}$/.test(destination) && prefix === '00' && isUsable(flags)
        ? { interface: name, metric: Number.parseInt(metric, 16) }
        : [],
    ),
  )
}

function preferredFirst(routes: readonly Route[]): string[] {
  return routes
    .filter(({ interface: name, metric }) => name !== '' && name !== 'lo' && Number.isInteger(metric))
    .toSorted((a, b) => a.metric - b.metric)
    .map(({ interface: name }) => name)
}

function isUsable(flags: string): boolean {
  const bits = Number.parseInt(flags, 16)
  return (bits & RTF_UP) !== 0 && (bits & RTF_REJECT) === 0
}

function lines(text: string): string[][] {
  return text.split('\n').map((line) => line.trim().split(/\s+/))
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
