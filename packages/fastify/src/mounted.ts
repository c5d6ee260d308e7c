import type { Linkspan } from '@linkspan/core'

const mounted = new WeakMap<object, Set<Linkspan<unknown>>>()

/** The applications that serve connections of a server. */
export function appsOn(server: object): Set<Linkspan<unknown>> {
  const apps = mounted.get(server) ?? new Set()
  mounted.set(server, apps)
  return apps
}
