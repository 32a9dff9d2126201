import config from '#config'
import { withDefaults } from '../shared/config/defaults.ts'

/** The configuration that the stack was deployed with; it is part of the bundle, and was checked when that was made. */
export const relay = withDefaults(config)
