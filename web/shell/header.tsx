import { useDashboard } from '../parts/context.ts'
import { Logo } from '../parts/marks.tsx'
import { type Route, route } from '../router.ts'

const links: readonly (readonly [page: Route['page'], address: string, text: string])[] = [
  ['peers', '#/', 'Peers'],
  ['pair', '#/pair', 'Pair'],
  ['events', '#/events', 'Events'],
]

/** Whose dashboard this is, where one can go, and whether what is seen is true now. */
export function Header() {
  const { status } = useDashboard()
  const name = status.value?.name
  return (
    <header class="header">
      <div class="header-in">
        <a class="brand" href="#/">
          <Logo />
          <span>Holdfast</span>
        </a>
        <p class="own-name">
          {name !== undefined && (
            <>
              <span class="unseen">on </span>
              <bdi>{name}</bdi>
            </>
          )}
        </p>
        <nav aria-label="Pages">
          <ul>
            {links.map(([page, address, text]) => (
              <li key={page}>
                <a href={address} aria-current={isCurrent(page) ? 'page' : undefined}>
                  {text}
                </a>
              </li>
            ))}
          </ul>
        </nav>
        <ContactSign />
      </div>
    </header>
  )
}

function isCurrent(page: Route['page']): boolean {
  return route.value.page === page || ('id' in route.value && page === 'peers')
}

function ContactSign() {
  const { kind } = useDashboard().contact.value
  const text = kind === 'live' ? 'live' : kind === 'cut-off' ? 'cut off' : 'opening'
  return <p class={`contact contact-${kind}`}>{text}</p>
}
