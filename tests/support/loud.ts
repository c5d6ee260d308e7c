/**
 * Says loudly what is missing on this machine, before any test is skipped for it; answers it. Throws where nothing may be
 * skipped.
 */
export function loud(missing: string | undefined): string | undefined {
  if (missing === undefined) return undefined
  if (process.env['LINKSPAN_REQUIRE_ALL'] === '1') throw new Error(missing)
  console.error(`\n!!! ${missing}\n`)
  return missing
}
