import { computed, type ReadonlySignal, signal } from '@preact/signals'

/** What the fragment of the address asks for. */
export type Route =
  | { readonly page: 'peers' }
  | { readonly page: 'peer'; readonly id: string }
  | { readonly page: 'chat'; readonly id: string }
  | { readonly page: 'pair' }
  | { readonly page: 'events' }

const hash = signal(location.hash)
window.addEventListener('hashchange', () => {
  hash.value = location.hash
})

/** The page that is asked for; an address that makes no sense leads to the peers. */
export const route: ReadonlySignal<Route> = computed(() => routeOf(hash.value))

function routeOf(text: string): Route {
  const [page, id] = text.replace(/^#\/?/, '').split('/')
  if (page === 'peers' && id) return { page: 'peer', id }
  if (page === 'chat' && id) return { page: 'chat', id }
  if (page === 'pair' || page === 'events') return { page }
  return { page: 'peers' }
}

/** Where the page of a peer is. Ids are of letters and digits. */
export function peerAddress(id: string): string {
  return `#/peers/${id}`
}

/** Where the conversation with a peer is. */
export function chatAddress(id: string): string {
  return `#/chat/${id}`
}

export function goTo(address: string): void {
  location.hash = address
}
