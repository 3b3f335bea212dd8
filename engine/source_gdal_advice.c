/* engine/source_gdal_advice.c: what to do where a server does not give a file, by what it or the network said of it.
 * Statuses: RFC 9110, section 15, and RFC 6585 (429). The options that hold credentials are GDAL's
 * (https://gdal.org/user/virtual_file_systems.html). */
#include <stdlib.h>
#include <string.h>

#include "engine/source_gdal.h"

int imx_gdal_remote_status(const char *reason) {
    static const char *const before[] = {"response_code=", "response code: ", "response code "};
    int status = 0;
    for (size_t i = 0; i < sizeof before / sizeof *before && !status; i++) {
        const char *found = strstr(reason, before[i]);
        status = found ? atoi(found + strlen(before[i])) : 0;
    }
    return status;
}

static bool says(const char *reason, const char *const *words) {
    bool found = false;
    for (; *words && !found; words++) {
        found = strstr(reason, *words) != NULL;
    }
    return found;
}

/* What a server calls itself by other words than a status: S3 and the like in XML, GDAL where it lacks credentials,
 * curl of the network. */
static const char *const missing[] = {"does not exist", "NoSuchKey", "NoSuchBucket", "no such file there", NULL};
static const char *const refused[] = {
    "ccess Denied", "AccessDenied",  "InvalidAccessKeyId", "SignatureDoesNotMatch", "configuration option",
    "redentials",   "Access Key Id", "ExpiredToken",       "request signature",     NULL};
static const char *const slow[] = {"imed out", "imeout", "too slow", NULL};
static const char *const unreached[] = {
    "resolve host", "ailed to connect", "ouldn't connect", "refused", "No route", "unreachable", NULL};
static const char *const untrusted[] = {"handshake", "ertificate", "SSL", "TLS", NULL};

/* The system that a path is of: the innermost one that is remote, as of /vsizip//vsis3/... */
static const char *credentials_for(const char *path) {
    static const char *const systems[][2] = {
        {"/vsis3", "give AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (or AWS_PROFILE), or AWS_NO_SIGN_REQUEST=YES for "
                   "public files, in the environment; of a name that is not there, too, S3 may say this"},
        {"/vsigs", "give GOOGLE_APPLICATION_CREDENTIALS, or GS_ACCESS_KEY_ID and GS_SECRET_ACCESS_KEY, or "
                   "GS_NO_SIGN_REQUEST=YES for public files, in the environment"},
        {"/vsiaz", "give AZURE_STORAGE_CONNECTION_STRING, or AZURE_STORAGE_ACCOUNT with AZURE_STORAGE_ACCESS_KEY, "
                   "AZURE_STORAGE_SAS_TOKEN or AZURE_NO_SIGN_REQUEST=YES (public files), in the environment"},
        {"/vsiadls", "give AZURE_STORAGE_CONNECTION_STRING, or AZURE_STORAGE_ACCOUNT with AZURE_STORAGE_ACCESS_KEY or "
                     "AZURE_STORAGE_SAS_TOKEN, in the environment"},
        {"/vsioss", "give OSS_ACCESS_KEY_ID and OSS_SECRET_ACCESS_KEY in the environment"},
        {"/vsiswift", "give SWIFT_AUTH_V1_URL, SWIFT_USER and SWIFT_KEY, or SWIFT_STORAGE_URL and SWIFT_AUTH_TOKEN, in "
                      "the environment"}};
    for (size_t i = 0; i < sizeof systems / sizeof *systems; i++) {
        const char *found = strstr(path, systems[i][0]);
        if (found && strchr("/_", found[strlen(systems[i][0])])) {
            return systems[i][1];
        }
    }
    return "give GDAL_HTTP_USERPWD=USER:PASSWORD or GDAL_HTTP_HEADER_FILE=FILE in the environment; a signed address "
           "may "
           "have expired";
}

const char *imx_gdal_remote_advice(const char *path, const char *reason) {
    const int status = imx_gdal_remote_status(reason);
    if (status == 404 || status == 410 || (!status && says(reason, missing))) {
        return "it is not on the server: check the address";
    }
    if (status == 407) {
        return "the proxy wants credentials: give GDAL_HTTP_PROXYUSERPWD=USER:PASSWORD in the environment";
    }
    if (status == 401 || status == 403 || (!status && says(reason, refused))) {
        return credentials_for(path);
    }
    if (status == 429) {
        return "the server wants fewer requests: try again later, with fewer threads (-j)";
    }
    if (status >= 500) {
        return "the server is out of order or has too much to do: try again later";
    }
    if (status == 408 || (!status && says(reason, slow))) {
        return "the server or the network is too slow: try again later, or give GDAL_HTTP_CONNECTTIMEOUT and "
               "GDAL_HTTP_LOW_SPEED_TIME more seconds, in the environment";
    }
    if (!status && says(reason, untrusted)) {
        return "check the address (https or http) and the server's certificate";
    }
    if (!status && says(reason, unreached)) {
        return "check the address and the network";
    }
    return status >= 400 ? "the server does not take the request: check the address"
                         : "the server does not give it whole, or it is damaged: try again later";
}
