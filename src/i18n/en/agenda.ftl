# Instead of the title of an item that is not public, for guests and readers
agenda-not-public = Not public
# The template's item that names the next meeting. $title is its title, $host a municipality
agenda-next-meeting = { $title }: { $date }
agenda-next-meeting-hosted = { $title }: { $date }, hosted by { $host }
