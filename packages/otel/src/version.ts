// biome-ignore lint/correctness/useImportExtensions: it is no module, and there is none that has it.
import manifest from '../package.json' with { type: 'json' }

/** Of this package: what telemetry of ours is said to come from. */
export const version: string = manifest.version
