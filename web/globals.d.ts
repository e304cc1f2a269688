/** The version of the package that this page was built from; put in by vite.config.ts. */
declare const HOLDFAST_VERSION: string
