import { useEffect, useRef } from 'preact/hooks'
import { ChatPage } from './pages/chat.tsx'
import { EventsPage } from './pages/events.tsx'
import { PairPage } from './pages/pair.tsx'
import { PairingRequests } from './pages/pairing-requests.tsx'
import { PeerPage } from './pages/peer.tsx'
import { PeersPage } from './pages/peers.tsx'
import { OutdatedPage, TokenPage } from './pages/token.tsx'
import { useDashboard } from './parts/context.ts'
import { type Route, route } from './router.ts'
import { CutOffBanner } from './shell/cut-off-banner.tsx'
import { Header } from './shell/header.tsx'
import { NoticeList } from './shell/notice-list.tsx'

/** The whole page. */
export function App() {
  const dashboard = useDashboard()
  const contact = dashboard.contact.value
  if (contact.kind === 'no-token') return <TokenPage wasRefused={contact.wasRefused} />
  if (contact.kind === 'outdated') return <OutdatedPage version={contact.version} />
  return (
    <>
      <a class="skip" href="#main" onClick={skip}>
        Skip to the content
      </a>
      <Header />
      <CutOffBanner />
      <Main />
      <PairingRequests />
      <NoticeList />
      <p class="unseen" role="status" aria-live="polite">
        {dashboard.said}
      </p>
    </>
  )
}

/** The fragment names pages, so the link moves the focus by itself. */
function skip(event: Event): void {
  event.preventDefault()
  document.getElementById('main')?.focus()
}

function Main() {
  const dashboard = useDashboard()
  const where = route.value
  const key = 'id' in where ? `${where.page} ${where.id}` : where.page
  const main = useRef<HTMLElement>(null)
  const before = useRef(key)
  useEffect(() => {
    // Who follows a link by keyboard goes on reading at the top of the new page.
    if (before.current !== key) main.current?.focus()
    before.current = key
    window.scrollTo(0, 0)
  }, [key])
  const isOpening = dashboard.contact.value.kind === 'opening'
  return (
    <main ref={main} id="main" tabIndex={-1} class={dashboard.isLive.value || isOpening ? '' : 'stale'}>
      <Page key={key} where={where} />
    </main>
  )
}

function Page({ where }: { where: Route }) {
  switch (where.page) {
    case 'peers':
      return <PeersPage />
    case 'peer':
      return <PeerPage id={where.id} />
    case 'chat':
      return <ChatPage id={where.id} />
    case 'pair':
      return <PairPage />
    case 'events':
      return <EventsPage />
  }
}
