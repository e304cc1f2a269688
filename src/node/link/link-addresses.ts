import type { RankedAddress } from '../../core/dial/address-book.ts'
import { addressParts } from '../../core/dial/address-order.ts'
import { type DialCandidate, dialCandidates } from '../../core/dial/candidates.ts'
import type { Link } from './link.ts'

/** Those of the addresses of a peer to which none of the links leads. Of one that came in, the host alone shows. */
function unusedAddresses(addresses: readonly string[], links: readonly Link[]): readonly string[] {
  if (links.length === 0) return addresses
  const used = new Set<string>()
  for (const { channel } of links) {
    used.add(channel.direction === 'outbound' ? channel.remoteAddress : hostOf(channel.remoteAddress))
  }
  return addresses.filter((address) => !used.has(address) && !used.has(hostOf(address)))
}

/** What to dial beside the links that there are. Beside one that answers, another way is taken, if there is any: over the same one a link would help little. */
export function candidatesBeside(
  links: readonly Link[],
  ranked: readonly RankedAddress[],
  dialFrom: readonly string[],
): readonly DialCandidate[] {
  const answering = links.filter(answers)
  const unused = unusedAddresses(
    ranked.map(({ address }) => address),
    answering,
  )
  const worthDialing = unused.length === 0 ? ranked : ranked.filter(({ address }) => unused.includes(address))
  return dialCandidates(worthDialing, dialFrom, waysOf(links))
}

/** Where as many links as are wanted answer, though poorly, another on the same way would be no better. */
export function anotherWouldHelp(addresses: readonly string[], links: readonly Link[], wanted: number): boolean {
  const answering = links.filter(answers).length
  return answering < wanted || unusedAddresses(addresses, links).length > 0
}

function answers({ sessionLink }: Link): boolean {
  return sessionLink !== undefined && !sessionLink.liveness.suspect && !sessionLink.liveness.oneWay
}

/** The ways that links take, as candidates of a dial. */
function waysOf(links: readonly Link[]): DialCandidate[] {
  return links.map(({ channel }) => ({
    address: channel.remoteAddress,
    localAddress: addressParts(channel.localAddress)?.host,
  }))
}

function hostOf(address: string): string {
  return address.slice(0, address.lastIndexOf(':'))
}
