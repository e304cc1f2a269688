import type { LinkView } from '../../../src/daemon/contract/link.ts'
import { bytes, milliseconds, percent, span } from '../../../src/format/figures.ts'
import { pathText } from '../../../src/format/path.ts'
import { useDashboard } from '../../parts/context.ts'
import { Health } from '../../parts/marks.tsx'

/** The connections that carry the session now. */
export function LinkTable({ links }: { links: readonly LinkView[] }) {
  return (
    <section class="card padded" aria-labelledby="links">
      <h2 id="links">Links</h2>
      {links.length === 0 ? (
        <p class="soft">There is none at the moment.</p>
      ) : (
        <table class="links">
          <thead>
            <tr>
              <th scope="col">To</th>
              <th scope="col">Health</th>
              <th scope="col">Round trip</th>
              <th scope="col">Lost</th>
              <th scope="col">Up for</th>
              <th scope="col">Sent</th>
              <th scope="col">Received</th>
            </tr>
          </thead>
          <tbody>
            {links.map((link) => (
              <LinkRow key={link.id} link={link} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  )
}

function LinkRow({ link }: { link: LinkView }) {
  const { nowMs } = useDashboard()
  return (
    <tr>
      <th scope="row">
        <span class="mono wrap">{link.address}</span>
        <span class="soft">{described(link)}</span>
      </th>
      <td data-name="Health">
        <Health health={link} />
      </td>
      <td data-name="Round trip">
        {link.roundTripMs === null ? '–' : milliseconds(link.roundTripMs)}
        {link.remote !== null && <span class="soft"> ({milliseconds(link.remote.roundTripMs)} there)</span>}
      </td>
      <td data-name="Lost">{link.loss === null ? '–' : percent(link.loss)}</td>
      <td data-name="Up for">{span(nowMs.value - link.sinceMs)}</td>
      <td data-name="Sent">{bytes(link.bytesSent)}</td>
      <td data-name="Received">{bytes(link.bytesReceived)}</td>
    </tr>
  )
}

/** `over the local network, dialed here, carries the streams`. */
function described(link: LinkView): string {
  return [
    pathText(link),
    link.direction === 'outbound' ? 'dialed here' : 'dialed there',
    ...(link.active ? ['carries the streams'] : []),
    ...(link.state === 'suspect' ? ['silent: being probed'] : []),
  ].join(', ')
}
