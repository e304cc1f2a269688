import { render } from 'preact'
import 'uplot/dist/uPlot.min.css'
import './style/theme.css'
import './style/base.css'
import './style/shell.css'
import './style/parts.css'
import './style/pages.css'
import './style/peer.css'
import { App } from './app.tsx'
import { Client } from './daemon/client.ts'
import { savedToken, takeTokenFromAddress } from './daemon/token.ts'
import { Dashboard } from './model/dashboard.ts'
import { DashboardContext } from './parts/context.ts'

const RELOADED_KEY = 'holdfast-reloaded-for'

/** Loads the page of the daemon's version. Once: what did not help before will not help now. */
function reload(version: string): boolean {
  if (sessionStorage.getItem(RELOADED_KEY) === version) return false
  sessionStorage.setItem(RELOADED_KEY, version)
  location.reload()
  return true
}

const dashboard = new Dashboard(new Client(savedToken), HOLDFAST_VERSION, reload)
takeTokenFromAddress()
window.addEventListener('hashchange', () => {
  if (takeTokenFromAddress()) dashboard.tryNow()
})
dashboard.start()
render(
  <DashboardContext.Provider value={dashboard}>
    <App />
  </DashboardContext.Provider>,
  document.getElementById('app') as HTMLElement,
)
