export { native } from './native.js'
export { type PluginOptions, plugin, plugin as default } from './plugin.js'
export { type UpgradeHandler, upgrade } from './upgrade.js'
