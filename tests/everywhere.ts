import { type Chapter, describeTransport, type It } from '@linkspan/testing'
import { describe, it } from 'vitest'
import { hosts } from './hosts.js'

/** Runs chapters on every transport; where one cannot be used on this machine, each of its tests is skipped and says why. */
export function everywhere(name: string, chapters: readonly Chapter[]): void {
  for (const { missing, ...host } of hosts) {
    const run: It = (title, body) =>
      it(title, async (context) => {
        if (missing !== undefined) context.skip(missing)
        await body()
      })
    describeTransport({ ...host, name: `${name} on ${host.name}`, chapters, describe, it: run })
  }
}
