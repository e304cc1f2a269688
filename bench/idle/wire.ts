import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** What has crossed loopback since it was there. */
export interface Wire {
  /** Packets with the headers of IP and TCP; loopback counts without that of Ethernet. */
  readonly bytes: number
  readonly packets: number
  /** What TCP carried: TLS records, without any headers. */
  readonly payloadBytes: number
}

/** Of the package iproute2, without which there is no namespace either. */
const SOCKET_STATISTICS = 'ss'

/** Only of use in a network of one's own, where nobody else sends. */
export function readWire(): Wire {
  return { ...sentOnLoopback(), payloadBytes: sentByTcp() }
}

/** From one reading to the other, for each peer and minute. */
export function wirePerPeerAndMinute(
  before: Wire,
  after: Wire,
  peers: number,
  minutes: number,
): { wireBytesPerPeerPerMinute: number; wirePackets: number; tlsBytes: number } {
  const share = (count: number): number => count / peers / minutes
  return {
    wireBytesPerPeerPerMinute: share(after.bytes - before.bytes),
    wirePackets: share(after.packets - before.packets),
    tlsBytes: share(after.payloadBytes - before.payloadBytes),
  }
}

/** The transmit counters of loopback; /proc shows those of the process's own network, /sys those of where it was mounted. */
function sentOnLoopback(): { bytes: number; packets: number } {
  const line = /^\s*lo:(.*)$/m.exec(readFileSync('/proc/net/dev', 'utf8'))?.[1] ?? ''
  const counts = line.trim().split(/\s+/).map(Number)
  return { bytes: counts[8] ?? Number.NaN, packets: counts[9] ?? Number.NaN }
}

/** The sum over all sockets; a connection has two here, and each counts what it sent. */
function sentByTcp(): number {
  const text = execFileSync(SOCKET_STATISTICS, ['-Htin', 'state', 'established'], {
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
  })
  let sum = 0
  for (const [, bytes] of text.matchAll(/\bbytes_sent:(\d+)/g)) sum += Number(bytes)
  return sum
}
