#!/usr/bin/env bash
# Schedules on Akamai's hosted functions, in the folder of the deployed application. Its scheduler can only GET, and no
# oftener than every five minutes, so the application is deployed with
#   spin aka deploy --variable jobs_by_get=true …
# and the token stands in the address. Give it the scope `jobs` and nothing else, since addresses get into logs.
set -euo pipefail
: "${JOBS_TOKEN:?a token of scope jobs}"

# $1: job; $2: five fields, UTC.
schedule() {
    spin aka cron create --name "$1" --schedule "$2" --path-and-query "/v1/jobs/$1?token=$JOBS_TOKEN"
}

schedule retry "*/5 * * * *"
schedule pull-logs "*/5 * * * *"
schedule refresh-keys "*/5 * * * *"
schedule sync-users "*/15 * * * *"
schedule sync-structure "7 * * * *"
schedule renew-subscriptions "12 4 * * *"
schedule housekeeping "17 2 * * *"
