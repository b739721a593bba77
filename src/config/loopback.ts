/** Whether a URL's host is this machine, which is where a sandbox is. Other names under `localhost` may be asked of a DNS server. */
export const isLoopback = (hostname: string): boolean => /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/i.test(hostname);
