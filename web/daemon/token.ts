// The bearer token of the daemon comes in the fragment of the address, which browsers send to nobody, and stays in this tab alone.

const KEY = 'holdfast-token'

/** Takes the token out of `#token=…`, so that neither the history nor a copied address keeps it; answers whether there was one. */
export function takeTokenFromAddress(): boolean {
  const match = /^#token=([\w-]+)/.exec(location.hash)
  if (match?.[1] === undefined) return false
  saveToken(match[1])
  history.replaceState(undefined, '', '#/')
  return true
}

export function savedToken(): string | undefined {
  return sessionStorage.getItem(KEY) ?? undefined
}

export function saveToken(token: string): void {
  sessionStorage.setItem(KEY, token.trim())
}
