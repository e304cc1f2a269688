import { useState } from 'preact/hooks'
import { saveToken } from '../daemon/token.ts'
import { useDashboard } from '../parts/context.ts'
import { Logo } from '../parts/marks.tsx'

/** Asks for the token, and says where it is. */
export function TokenPage({ wasRefused }: { wasRefused: boolean }) {
  const dashboard = useDashboard()
  const [token, setToken] = useState('')
  const submit = (event: SubmitEvent): void => {
    event.preventDefault()
    saveToken(token)
    dashboard.tryNow()
  }
  return (
    <main class="lone">
      <Logo />
      <h1>{wasRefused ? 'The daemon does not know this token' : 'This page needs the token of the daemon'}</h1>
      <p>
        The easiest way is a link that has it: run <code>holdfast dashboard</code> on the machine of the daemon and open
        what it prints.
      </p>
      <form onSubmit={submit}>
        <label htmlFor="token">
          Or paste the token; it is in the file <code>api-token</code> in the daemon's folder
        </label>
        <div class="field-row">
          <input
            id="token"
            type="password"
            autocomplete="off"
            spellcheck={false}
            required
            value={token}
            aria-invalid={wasRefused}
            onInput={(event) => setToken(event.currentTarget.value)}
          />
          <button type="submit" class="button main">
            Open
          </button>
        </div>
      </form>
    </main>
  )
}

/** The daemon was updated, and loading the page anew has not brought the one that fits. */
export function OutdatedPage({ version }: { version: string }) {
  return (
    <main class="lone">
      <Logo />
      <h1>This is a dashboard of another version</h1>
      <p>
        The daemon runs Holdfast {version}, this page belongs to {HOLDFAST_VERSION}. It was loaded anew once, and that
        did not help; close this tab and open the address that <code>holdfast dashboard</code> prints.
      </p>
      <button type="button" class="button main" onClick={() => location.reload()}>
        Load it anew
      </button>
    </main>
  )
}
