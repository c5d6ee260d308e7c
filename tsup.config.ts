import { existsSync } from 'node:fs'
import { defineConfig } from 'tsup'

// Run in each package's folder: ESM, CommonJS and declarations for both, dependencies left outside.
export default defineConfig({
  entry: ['src/index.ts', 'src/host.ts'].filter((file) => existsSync(file)),
  format: ['esm', 'cjs'],
  target: 'node20',
  dts: true,
  sourcemap: true,
  clean: true,
  silent: true,
})
