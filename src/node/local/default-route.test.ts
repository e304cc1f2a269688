import { expect, test } from 'vitest'
import { ipv4DefaultRoutes, ipv6DefaultRoutes } from './default-route.ts'

const head = 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT'

test.each([
  ['none', head, []],
  ['no text', '', []],
  [
    'several, by metric',
    `${head}
wlan0\t00000000\t0101A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0
eth0\t00000000\t0102A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0
docker0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0`,
    ['eth0', 'wlan0'],
  ],
  [
    'one that refuses, one that is down',
    `${head}\neth0\t00000000\t0\t0203\t0\t0\t1\t00000000\t0\t0\t0\neth1\t00000000\t0\t0002\t0\t0\t1\t00000000`,
    [],
  ],
  [
    'half of the addresses, as some tunnels take them',
    `${head}\ntun0\t00000000\t0\t0003\t0\t0\t0\t00000080\t0\t0\t0`,
    [],
  ],
  ['rubbish', '\u0000\n\t\t\neth0 00000000\n', []],
])('default routes of IPv4: %s', (_, text, expected) => {
  expect(ipv4DefaultRoutes(text)).toEqual(expected)
})

const zero = '0'.repeat(32)

test.each([
  ['no text', '', []],
  [
    'one, and the one that refuses all',
    `fd000000000000000000000000000000 40 ${zero} 00 ${zero} 00000100 00000001 00000000 00000001     eth0
${zero} 00 ${zero} 00 fd000000000000000000000000000001 00000400 00000002 00000000 00000003     eth0
${zero} 00 ${zero} 00 ${zero} ffffffff 00000001 00000000 00200200       lo`,
    ['eth0'],
  ],
])('default routes of IPv6: %s', (_, text, expected) => {
  expect(ipv6DefaultRoutes(text)).toEqual(expected)
})
