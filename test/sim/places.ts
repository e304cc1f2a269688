import { interfaceOf } from './names.ts'
import type { Plan } from './plan.ts'

/** What the network calls a machine: its name, or an IP address where the order of those counts. */
export function hostOf(number: number, name: string, { dialOrder }: Plan): string {
  return dialOrder === 'address' ? `10.0.0.${lastOctetOf(number)}` : name
}

/** What the IP addresses of two machines differ by: neither in the order of the numbers nor in that of the text. */
export function lastOctetOf(number: number): number {
  return (100 + 160 * number) % 251
}

/** Where a machine listens: one address for each interface. */
export function placesOf(host: string, { interfaces }: Plan): string[] {
  return Array.from({ length: interfaces }, (_, index) => `memory://${host}${interfaceOf(index, '.')}:1`)
}
