/** Laws of the field's functions: what every course states of softmax, cross-entropy, normalisation and attention. */
export { attentionLaws } from './attention.js'
export { lossLaws } from './loss.js'
export { normalizationLaws } from './normalization.js'
export { softmaxLaws } from './softmax.js'
