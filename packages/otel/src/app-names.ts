import { badOption, type Linkspan } from '@linkspan/core'
import type { MeterProvider } from '@opentelemetry/api'

interface Taken {
  readonly apps: WeakSet<Linkspan<unknown>>
  readonly names: Set<string>
}

const taken = new WeakMap<MeterProvider, Taken>()

/**
 * What an application is called among those that report to a provider: as it calls itself, or, where another one of this
 * process is called so, with a number. Of two numbers under one name the SDK would keep one.
 *
 * @throws LinkspanError `LINKSPAN_OPTION` for one that reports to it already.
 */
export function takeName(
  provider: MeterProvider,
  app: Linkspan<unknown>,
): { readonly name: string; readonly giveBack: () => void } {
  const { apps, names } = taken.get(provider) ?? { apps: new WeakSet(), names: new Set<string>() }
  if (apps.has(app)) {
    throw badOption('this application is measured already: end that first, with what metrics() answered.')
  }
  let name = app.options.name
  for (let number = 2; names.has(name); number += 1) name = `${app.options.name}-${number}`
  taken.set(provider, { apps: apps.add(app), names: names.add(name) })
  return {
    name,
    giveBack() {
      apps.delete(app)
      names.delete(name)
    },
  }
}
