/* What libical holds against calendar files: `icalcheck FILE…` prints a line for each finding, and fails if there is
   one. */
#include <libical/ical.h>
#include <stdio.h>
#include <stdlib.h>

static int findings(icalcomponent *component, const char *file)
{
    int found = 0;
    icalproperty *property = icalcomponent_get_first_property(component, ICAL_XLICERROR_PROPERTY);
    for (; property; property = icalcomponent_get_next_property(component, ICAL_XLICERROR_PROPERTY)) {
        printf("%s: libical: %s: %s\n", file, icalcomponent_kind_to_string(icalcomponent_isa(component)),
               icalproperty_get_xlicerror(property));
        found++;
    }
    icalcomponent *inner = icalcomponent_get_first_component(component, ICAL_ANY_COMPONENT);
    for (; inner; inner = icalcomponent_get_next_component(component, ICAL_ANY_COMPONENT))
        found += findings(inner, file);
    return found;
}

static char *line(char *buffer, size_t size, void *file) { return fgets(buffer, (int)size, file); }

int main(int count, char **files)
{
    int found = 0;
    icalerror_set_errors_are_fatal(0);
    for (int i = 1; i < count; i++) {
        FILE *file = fopen(files[i], "rb");
        if (!file) {
            perror(files[i]);
            return 2;
        }
        icalparser *parser = icalparser_new();
        icalparser_set_gen_data(parser, file);
        icalcomponent *calendar = icalparser_parse(parser, line);
        fclose(file);
        icalparser_free(parser);
        if (!calendar || icalcomponent_isa(calendar) != ICAL_VCALENDAR_COMPONENT) {
            printf("%s: libical: not one VCALENDAR\n", files[i]);
            found++;
            continue;
        }
        /* Notes what breaks the rules as X-LIC-ERROR, beside what the parser has noted. */
        int sound = icalrestriction_check(calendar);
        int noted = findings(calendar, files[i]);
        if (!sound && !noted) {
            printf("%s: libical: breaks a restriction\n", files[i]);
            noted = 1;
        }
        found += noted;
        icalcomponent_free(calendar);
    }
    return found ? EXIT_FAILURE : EXIT_SUCCESS;
}
