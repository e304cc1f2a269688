import { createContext } from 'preact'
import { useContext, useEffect, useMemo } from 'preact/hooks'
import type { Dashboard } from '../model/dashboard.ts'
import { Resource, type TouchedBy } from '../model/resource.ts'

export const DashboardContext = createContext<Dashboard | undefined>(undefined)

/** What the page knows of its daemon. */
export function useDashboard(): Dashboard {
  const dashboard = useContext(DashboardContext)
  if (dashboard === undefined) throw new Error('There is no dashboard around this part')
  return dashboard
}

/** What the daemon serves under a path, kept fresh for as long as the part is shown. */
export function useResource<T>(path: string, touchedBy: TouchedBy): Resource<T> {
  const dashboard = useDashboard()
  // A path tells one resource from another; `touchedBy` is made anew at each call.
  // oxlint-disable-next-line react-hooks/exhaustive-deps
  const resource = useMemo(() => new Resource<T>(() => dashboard.client.get<T>(path), touchedBy), [dashboard, path])
  useEffect(() => dashboard.follow(resource), [dashboard, resource])
  return resource
}
