/* engine/fields_xml.c: the fields of an XML file, by libxml2: each element that holds text only. Nothing is fetched.
 * Metadata have no document type: in one, entities of a few bytes could become texts of gigabytes, and so it is
 * refused.
 */
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <stdlib.h>
#include <string.h>

#include "engine/fields.h"

/* The attribute band_id. */
static int index_of(xmlNode *element) {
    xmlChar *value = xmlGetNoNsProp(element, (const xmlChar *)"band_id");
    const int index = value ? atoi((const char *)value) : -1;
    xmlFree(value);
    return index;
}

static bool take_element(imx_memory *memory, xmlNode *element, imx_fields *fields) {
    xmlChar *text = xmlNodeGetContent(element);
    const char *group =
        element->parent && element->parent->type == XML_ELEMENT_NODE ? (const char *)element->parent->name : "";
    const char *key = (const char *)element->name, *value = text ? (const char *)text : "";
    const bool added = imx_fields_add(memory, fields, group, key, strlen(key), value, strlen(value), index_of(element));
    xmlFree(text);
    return added;
}

/* The next node in document order. */
static xmlNode *next_of(xmlNode *node) {
    if (node->type == XML_ELEMENT_NODE && node->children) {
        return node->children;
    }
    while (node && !node->next) {
        node = node->parent;
    }
    return node ? node->next : NULL;
}

imx_status imx_fields_of_xml(imx_memory *memory, const char *what, const char *text, size_t length, imx_error *err,
                             imx_fields *out) {
    imx_fields fields = {0};
    xmlDoc *document = length < INT32_MAX ? xmlReadMemory(text, (int)length, NULL, NULL,
                                                          XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING)
                                          : NULL;
    if (!document) {
        const xmlError *last = xmlGetLastError();
        return imx_fail(err, IMX_E_INPUT, "%s: not sound XML (line %d): copy or download it again", what,
                        last ? last->line : 0);
    }
    if (xmlGetIntSubset(document)) {
        xmlFreeDoc(document);
        return imx_fail(err, IMX_E_INPUT, "%s: has a document type (DOCTYPE), as no metadata have: download it again",
                        what);
    }
    bool sound = true;
    for (xmlNode *node = xmlDocGetRootElement(document); node && sound; node = next_of(node)) {
        if (node->type == XML_ELEMENT_NODE && xmlChildElementCount(node) == 0) {
            sound = take_element(memory, node, &fields);
        }
    }
    xmlFreeDoc(document);
    if (!sound) {
        imx_fields_clear(memory, &fields);
        return imx_fail(err, IMX_E_NOMEM, "%s: out of memory", what);
    }
    *out = fields;
    return IMX_OK;
}
