/** The version in package.json, set by the build. */
declare const BELT_VERSION: string;
